import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { readSafetensors } from '@onestep/checkpoint/node';
import { DdpmNetwork, readDiffusers, type PartialNetworkSettings } from '@onestep/ddpm';
import { lossAndGrads } from '@onestep/nn';
import { oneHot } from '@onestep/diffusion-core';
import { setFormulaWeights } from '../../../parity/formula-weights.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { imagesFrom, relativeError, toFileOrder, withPrefix } from '../../../test-support/fixtures.js';
import { MaskRng, Rng } from '@onestep/random';

const FOLDER = fileURLToPath(new URL('data/networks', import.meta.url));

beforeAll(startTestBackend);

describe('options of UNet2DModel and its schedulers, as diffusers computes them (test/data/networks.py)', () => {
  it.each(readdirSync(FOLDER))('%s', async (name) => {
    const { tensors, metadata } = await readSafetensors(`${FOLDER}/${name}`);
    const [config, scheduler] = [metadata.config!, metadata.scheduler!].map((json) => JSON.parse(json) as object);
    const { snapshot } = readDiffusers({ config: config as never, scheduler: scheduler as never, tensors: {} }, name);
    const network = new DdpmNetwork(JSON.parse(snapshot.metadata.onestep!) as PartialNetworkSettings, null);
    setFormulaWeights(network);
    const classes = tensors.class_labels?.data as BigInt64Array | undefined;
    const labels = classes && oneHot(Array.from(classes, Number), network.labelDim);
    const sigma = tf.tensor1d(tensors.sigma!.data as Float32Array);
    const expected = withPrefix(tensors, 'grad.');
    const parameters = Object.keys(expected).map((key) => network.namedParameters().get(key)!);
    const { grads, aux } = lossAndGrads(() => {
      const denoised = network.denoise(imagesFrom(tensors.x!), sigma, { labels });
      return { loss: tf.sum(tf.square(denoised)) as tf.Scalar, aux: { denoised } };
    }, parameters);
    const output = await toFileOrder(aux.denoised as tf.Tensor4D);
    expect(relativeError(output, tensors.denoised!.data as Float32Array)).toBeLessThan(1e-5);
    const values = await Promise.all(grads.map((grad) => grad.data()));
    const [all, theirs] = [values, Object.values(expected).map(({ data }) => data)].map((parts) =>
      (parts as Float32Array[]).flatMap((part) => [...part]),
    );
    expect(relativeError(all!, theirs!)).toBeLessThan(1e-4);
    network.dispose();
  });
});

describe('training', () => {
  const network = () =>
    new DdpmNetwork(
      {
        imgResolution: 4,
        imgChannels: 1,
        labelDim: 2,
        model: {
          modelType: 'UNet2DModel',
          outChannels: 2,
          blockOutChannels: [4, 4],
          layersPerBlock: 1,
          downAttention: [false, true],
          upAttention: [true, false],
          downsample: ['conv'],
          upsample: ['resnet'],
          midAttentionGroups: 2,
          normGroups: 2,
          embeddingChannels: 8,
          sinusoidChannels: 4,
          scaleShift: true,
          dropout: 0.25,
        },
      },
      new Rng(1),
    );

  it('the features are the outputs of the last layer of each level on the way down', () => {
    const net = network();
    const maps = [
      { name: 'down_blocks.0.resnets.0', resolution: 4, channels: 4 },
      { name: 'down_blocks.1.attentions.0', resolution: 2, channels: 4 },
    ];
    expect(net.featureMaps).toEqual(maps);
    const rng = new Rng(2);
    const inputs = [
      tf.tensor4d(rng.normal(32), [2, 4, 4, 1]),
      tf.tensor1d([0.5, 3]),
      { labels: oneHot([0, 1], 2) },
    ] as const;
    const names = maps.map(({ name }) => name);
    const { denoised, features } = net.denoiseWithFeatures(...inputs, names);
    expect(denoised.dataSync()).toEqual(net.denoise(...inputs).dataSync());
    expect(features.map(({ shape }) => shape)).toEqual([[2, 4, 4, 4], [2, 2, 2, 4]]); // prettier-ignore
    const alone = net.features(...inputs, [...names].reverse()).reverse();
    alone.forEach((map, i) => expect(map.dataSync()).toEqual(features[i]!.dataSync()));
    // Only what comes before a map has a part in it.
    const spoil = (prefix: string) => {
      const leaf = [...net.namedLeaves()].find(([name]) => name.startsWith(prefix))![1];
      tf.tidy(() => leaf.variable.assign(tf.fill(leaf.variable.shape, NaN)));
    };
    spoil('down_blocks.0.downsamplers.0.conv.bias');
    expect(net.features(...inputs, [names[0]!])[0]!.dataSync()).toEqual(features[0]!.dataSync());
    expect(net.features(...inputs, [names[1]!])[0]!.dataSync()[0]).toBeNaN();
    spoil('down_blocks.0.resnets.0');
    expect(net.features(...inputs, [names[0]!])[0]!.dataSync()[0]).toBeNaN();
    expect(() => net.features(...inputs, ['8x8_block3'])).toThrow('no feature map 8x8_block3');
  });

  it('a copy has the weights, and dropout is active in training only', async () => {
    const net = network();
    const copy = net.clone();
    expect(await copy.stateDict()).toEqual(await net.stateDict());
    const denoise = (seed: number) => {
      const rng = new MaskRng([seed, 0]);
      return copy.denoise(tf.ones([1, 4, 4, 1]), tf.tensor1d([1]), { rng }).dataSync();
    };
    expect(denoise(1)).toEqual(denoise(2));
    copy.train();
    expect(denoise(1)).not.toEqual(denoise(2));
    expect(denoise(1)).toEqual(denoise(1));
  });
});
