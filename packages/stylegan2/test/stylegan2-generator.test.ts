import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { compileStep } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import type { GeneratorNetwork } from '../src/index.js';
import { StyleGan2Generator, type StyleGan2GeneratorOptions } from '../src/index.js';
import { generatorOf } from './support/tiny-networks.js';

beforeAll(startTestBackend);

const create = (options: StyleGan2GeneratorOptions = {}, labelDim = 0) =>
  new StyleGan2Generator(generatorOf({ labelDim }), options);

async function generate(generator: StyleGan2Generator, { shape, data }: { shape: number[]; data: Float32Array }) {
  const images = tf.tidy(() => generator.generate(tf.tensor(data, shape)));
  try {
    return (await images.data()) as Float32Array;
  } finally {
    images.dispose();
  }
}

it('draws z first, and then the noise of every layer in the order of the forward pass', async () => {
  const generator = create({ noise: 'random' });
  const { shape, data } = generator.sampleLatents(new Rng(3), 2);
  expect(shape).toEqual([2, 6 + 16 + 64 + 64]);
  const rng = new Rng(3);
  expect(data.slice(0, 6)).toEqual(rng.normal(6));
  const parts = [16, 64, 64].map((size) => rng.normal(size));
  expect(data.slice(6, 150)).toEqual(Float32Array.from(parts.flatMap((part) => [...part])));
  // The same noise, given to the synthesis by hand.
  const images = await generate(generator, { shape: [1, 150], data: data.slice(0, 150) });
  const { mapping, synthesis } = generator.network;
  const expected = tf.tidy(() => {
    const noise = parts.map((part, i) => tf.tensor4d(part, [1, [4, 8, 8][i]!, [4, 8, 8][i]!, 1]));
    return synthesis.synthesize(mapping.broadcast(mapping.map(tf.tensor2d(data.slice(0, 6), [1, 6]))), noise);
  });
  expect(images).toEqual(await expected.data());
});

it('gives a replayed step new noise with new latents', async () => {
  const generator = create({ noise: 'random' });
  const step = compileStep(({ z }: { z: tf.Tensor2D }) => ({ images: generator.generate(z) }));
  for (let seed = 0; seed < 4; seed++) {
    const latents = generator.sampleLatents(new Rng(seed), 2);
    const { images } = step({ z: tf.tensor2d(latents.data, [2, 150]) });
    expect(await images.data()).toEqual(await generate(generator, latents));
  }
});

it('maps z to w outside of the generator for latents w: the same images', async () => {
  const network = generatorOf({});
  const fromZ = new StyleGan2Generator(network);
  const fromW = new StyleGan2Generator(network, { latent: 'w' });
  const w = fromW.sampleLatents(new Rng(1), 3);
  expect(w.shape).toEqual([3, 5]);
  expect(await generate(fromW, w)).toEqual(await generate(fromZ, fromZ.sampleLatents(new Rng(1), 3)));
});

it('copies weights, buffers and options', async () => {
  const generator = create({ noise: 'const', psi: 0.5, cutoff: 2 });
  const copy = generator.clone();
  expect(copy.settings).toEqual(generator.settings);
  const latents = generator.sampleLatents(new Rng(1), 2);
  const before = await generate(copy, latents);
  expect(before).toEqual(await generate(generator, latents));
  generator.network.dispose();
  expect(await generate(copy, latents)).toEqual(before);
});

it('refuses latents of another length, missing labels, and w of a generator with labels', () => {
  expect(() => create().generate(tf.zeros([2, 7]))).toThrow(
    'The latents have shape [2,7]; this generator needs [N, 6].',
  );
  expect(() => create({}, 3).generate(tf.zeros([2, 6]))).toThrow('The labels are missing; this network needs [N, 3].');
  expect(() => create({ latent: 'w' }, 3)).toThrow('Latents w contain the label');
});

it('takes one label for all images', async () => {
  const generator = create({}, 3);
  const latents = generator.sampleLatents(new Rng(1), 2);
  const images = (labels: tf.Tensor2D) => generator.generate(tf.tensor(latents.data, latents.shape), labels).data();
  const one = await images(tf.tensor2d([[0, 1, 0]]));
  expect(one).toEqual(
    await images(
      tf.tensor2d([
        [0, 1, 0],
        [0, 1, 0],
      ]),
    ),
  );
  expect(one).not.toEqual(await images(tf.tensor2d([[1, 0, 0]])));
});

it('has weights that depend on the seed alone', async () => {
  const weights = async (network: GeneratorNetwork) => (await network.stateDict())['synthesis.b8.conv0.weight']!.data;
  expect(await weights(generatorOf({}))).toEqual(await weights(generatorOf({})));
});
