import * as tf from '@tensorflow/tfjs-core';
import { hasFeatures } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { Edm2Network, PreconditionedNetwork } from '../src/index.js';

beforeAll(startTestBackend);

const SHAPE = { imgResolution: 8, imgChannels: 2, labelDim: 3 };
const UNET = { modelChannels: 8, channelMult: [1, 2], attnResolutions: [4], dropout: 0 };
const song = (options: object) => () =>
  new PreconditionedNetwork({ ...SHAPE, model: { modelType: 'SongUNet', ...UNET, ...options } }, new Rng(1));
const NETWORKS = {
  'DDPM++': song({ numBlocks: 4 }),
  'NCSN++': song({ numBlocks: 1, encoderType: 'residual', resampleFilter: [1, 3, 3, 1] }),
  'an encoder with skips': song({ numBlocks: 1, encoderType: 'skip' }),
  ADM: () =>
    new PreconditionedNetwork(
      { ...SHAPE, model: { modelType: 'DhariwalUNet', ...UNET, channelMult: [1, 8], numBlocks: 3 } },
      new Rng(1),
    ),
  EDM2: () => new Edm2Network({ ...SHAPE, model: { ...UNET, numBlocks: 2, channelsPerHead: 8 } } as never, new Rng(1)),
};
const LAST: Record<keyof typeof NETWORKS, number> = {
  'DDPM++': 3,
  'NCSN++': 0,
  'an encoder with skips': 0,
  ADM: 2,
  EDM2: 1,
};

/** Two noisy images, their noise levels and labels. */
function inputs(): { x: tf.Tensor4D; sigma: tf.Tensor1D; conditions: { labels: tf.Tensor2D } } {
  const rng = new Rng(2);
  return {
    x: tf.tensor4d(rng.normal(2 * 8 * 8 * 2), [2, 8, 8, 2]),
    sigma: tf.tensor1d([0.5, 3]),
    conditions: { labels: tf.tensor2d([1, 0, 0, 0, 0, 1], [2, 3]) },
  };
}

/** Evaluates, and returns the outputs of the layers of encoder and decoder, by name. */
function observe(network: PreconditionedNetwork | Edm2Network, evaluate: () => unknown): Map<string, tf.Tensor> {
  const unet = (network instanceof Edm2Network ? network.unet : network.model) as Edm2Network['unet'];
  const outputs = new Map<string, tf.Tensor>();
  const layers = (['enc', 'dec'] as const).flatMap((way) =>
    unet[way].entries().map(([name, layer]) => [`${way}.${name}`, layer] as const),
  );
  for (const [name, layer] of layers) {
    const forward = layer.forward.bind(layer) as (...args: unknown[]) => tf.Tensor4D;
    layer.forward = (...args: unknown[]) => {
      const output = forward(...args);
      outputs.set(name, tf.keep(output));
      return output;
    };
  }
  evaluate();
  for (const [, layer] of layers) delete (layer as { forward?: unknown }).forward;
  return outputs;
}

describe.each(Object.keys(NETWORKS) as (keyof typeof NETWORKS)[])('the feature maps of %s', (name) => {
  it('are the outputs of the last block at each resolution, and do not change the denoised images', () => {
    const network = NETWORKS[name]();
    expect(hasFeatures(network)).toBe(true);
    const names = [`8x8_block${LAST[name]}`, `4x4_block${LAST[name]}`];
    const wide = name === 'ADM' ? 64 : 16;
    expect(network.featureMaps).toEqual([
      { name: names[0], resolution: 8, channels: 8 },
      { name: names[1], resolution: 4, channels: wide },
    ]);
    const { x, sigma, conditions } = inputs();
    let denoised!: tf.Tensor;
    const outputs = observe(network, () => (denoised = network.denoise(x, sigma, conditions)));
    const seen = names.map((block) => outputs.get(`enc.${block}`)!.dataSync());

    const both = network.denoiseWithFeatures(x, sigma, conditions, names);
    expect(both.denoised.dataSync()).toEqual(denoised.dataSync());
    const alone = network.features(x, sigma, conditions, names);
    for (const [index, { resolution, channels }] of network.featureMaps.entries()) {
      expect(alone[index]!.shape).toEqual([2, resolution, resolution, channels]);
      expect(both.features[index]!.dataSync()).toEqual(seen[index]);
      expect(alone[index]!.dataSync()).toEqual(seen[index]);
    }
    const [low, high] = network.clone().features(x, sigma, conditions, [...names].reverse());
    expect(low!.dataSync()).toEqual(seen[1]);
    expect(high!.dataSync()).toEqual(seen[0]);
    // A map of which a number is zero everywhere would prove little.
    expect(new Set(alone[1]!.dataSync()).size).toBeGreaterThan(100);
  });

  it('cost the encoder up to the last one asked for', () => {
    const network = NETWORKS[name]();
    const { x, sigma, conditions } = inputs();
    const layers = (names: string[]) => [
      ...observe(network, () => network.features(x, sigma, conditions, names)).keys(),
    ];
    const [high, low] = network.featureMaps.map((map) => map.name) as [string, string];
    const full = [...observe(network, () => network.denoise(x, sigma, conditions)).keys()];
    const encoder = full.filter((layer) => layer.startsWith('enc.'));
    expect(layers([high, low])).toEqual(encoder);
    expect(layers([high])).toEqual(encoder.filter((layer) => layer.startsWith('enc.8x8')));
    expect(layers([])).toEqual([]);
    expect(full.length).toBeGreaterThan(2 * encoder.length);
  });

  it('have gradients in the images', () => {
    const network = NETWORKS[name]();
    const { x, sigma, conditions } = inputs();
    const names = network.featureMaps.map((map) => map.name);
    const sum = (features: tf.Tensor4D[]) => tf.addN(features.map((map) => tf.sum(tf.square(map))));
    const alone = tf.grad((input) => sum(network.features(input as tf.Tensor4D, sigma, conditions, names)))(x);
    const both = tf.grad((input) =>
      sum(network.denoiseWithFeatures(input as tf.Tensor4D, sigma, conditions, names).features),
    )(x);
    expect(Math.max(...alone.dataSync().map(Math.abs))).toBeGreaterThan(0.01);
    expect(both.dataSync()).toEqual(alone.dataSync());
  });
});

it('a network says which feature maps it has', () => {
  const { x, sigma, conditions } = inputs();
  const network = NETWORKS['NCSN++']();
  expect(() => network.features(x, sigma, conditions, ['8x8_block3'])).toThrow(
    'This network has no feature map 8x8_block3. It has 8x8_block0, 4x4_block0.',
  );
  expect(() => network.features(x, sigma, { labels: tf.zeros([2, 4]) }, ['4x4_block0'])).toThrow('[N, 3]');
});
