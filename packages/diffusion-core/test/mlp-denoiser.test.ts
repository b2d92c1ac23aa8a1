import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { GaussianDenoiser, hasFeatures } from '../src/index.js';
import { MlpDenoiser } from '../src/toy/index.js';

beforeAll(startTestBackend);

it('the last hidden layer of the small network is a feature map of one pixel, from which the last layer makes the image', () => {
  const network = new MlpDenoiser({ imgResolution: 1, imgChannels: 2, hidden: 5, sigmaData: 0.5 }, new Rng(1));
  expect(hasFeatures(network)).toBe(true);
  const x = tf.tensor4d([1, -2, 0.5, 3], [2, 1, 1, 2]);
  const sigma = tf.tensor1d([0.3, 2]);
  const { denoised, features } = network.denoiseWithFeatures(x, sigma, undefined, ['third']);
  expect(features.map(({ shape }) => shape)).toEqual([[2, 1, 1, 5]]);
  expect(network.features(x, sigma, {}, ['third'])[0]!.dataSync()).toEqual(features[0]!.dataSync());
  expect(network.denoise(x, sigma).dataSync()).toEqual(denoised.dataSync());

  // Table 1, Karras et al. 2022.
  const f = network.module.last.forward(tf.reshape(features[0]!, [2, 5]) as tf.Tensor2D).arraySync() as number[][];
  const images = tf.reshape(x, [2, 2]).arraySync() as number[][];
  const levels = [0.3, 2];
  const expected = images.flatMap((row, n) =>
    row.map((value, i) => {
      const total = levels[n]! ** 2 + 0.25;
      return (0.25 / total) * value + ((0.5 * levels[n]!) / Math.sqrt(total)) * f[n]![i]!;
    }),
  );
  denoised.dataSync().forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 5));

  const gradient = tf.grad((input) => tf.sum(network.features(input as tf.Tensor4D, sigma, {}, ['third'])[0]!))(x);
  expect(Math.min(...gradient.dataSync().map(Math.abs))).toBeGreaterThan(0);
  expect(() => network.features(x, sigma, {}, ['8x8_block3'])).toThrow('It has third.');
});

it('a denoiser in closed form has no features', () => {
  expect(hasFeatures(new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: 0, std: 1 }))).toBe(false);
});
