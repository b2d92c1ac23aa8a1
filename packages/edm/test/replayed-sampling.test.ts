import { afterAll, beforeAll, expect, it } from 'vitest';
import { generateImages, NetworkGenerator, sampleImages } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import type { OrtBackend } from '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';

const network = () => conditionalNetwork({ dropout: 0 });
const replays = () => (tf.backend() as OrtBackend).counters().replays;
let generator: NetworkGenerator;

beforeAll(async () => {
  await startTestBackend();
  generator = new NetworkGenerator(network(), 2.5);
});
afterAll(() => generator.module.dispose());

const image = (seed: number) => generateImages({ generator, seeds: [seed], classes: [seed % 3] });

it.skipIf(TEST_BACKEND !== 'ort')('pictures in one step are replayed, with the same bits', async () => {
  const seeds = [0, 1, 2, 3];
  const before: Float32Array[] = [];
  for (const seed of seeds) before.push(await image(seed));
  const count = replays();
  for (const seed of seeds) expect(await image(seed)).toEqual(before[seed]);
  expect(replays() - count).toBe(seeds.length);
  const recorded = tf.tidy(() => generator.generate(tf.tensor4d(latentOf(2), [1, 8, 8, 1]), tf.tensor2d([[0, 0, 1]])));
  expect(await recorded.data()).toEqual(before[2]);
  recorded.dispose();
});

it('pictures follow the weights, also those of a training', async () => {
  for (const seed of [0, 1, 2]) await image(seed);
  const other = network();
  generator.module.copyFrom(other.module);
  for (const { variable } of generator.module.parameters()) {
    tf.tidy(() => variable.assign(tf.add(variable, tf.mul(0.1, tf.sin(variable)))));
  }
  const clone = generator.clone();
  expect(await image(1)).toEqual(await generateImages({ generator: clone, seeds: [1], classes: [1] }));
  clone.module.dispose();
  other.module.dispose();
});

it.skipIf(TEST_BACKEND !== 'ort')('a sampler replays its network, at all noise levels', async () => {
  const { network: denoiser } = generator;
  const sample = () => sampleImages({ denoiser, seeds: [5, 6], classes: [0, 1], options: { steps: 4 } });
  const first = await sample();
  const count = replays();
  expect(await sample()).toEqual(first);
  expect(replays() - count).toBeGreaterThanOrEqual(7);
});

it.skipIf(TEST_BACKEND !== 'ort')('a network in training mode is recorded each time', async () => {
  generator.module.train();
  const count = replays();
  for (const seed of [0, 1, 2]) await image(seed);
  expect(replays()).toBe(count);
  generator.module.eval();
});

function latentOf(seed: number): Float32Array {
  return generator.sampleLatents(new Rng(seed), 1).data;
}
