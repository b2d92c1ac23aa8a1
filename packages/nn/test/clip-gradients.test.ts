import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { clipByGlobalNorm } from '@onestep/nn';

beforeAll(async () => void (await tf.setBackend('cpu')));

const clip = (grads: number[][], maxNorm: number) =>
  clipByGlobalNorm(
    grads.map((grad) => tf.tensor(grad)),
    maxNorm,
  ).map((grad) => Array.from(grad.dataSync()));

it('gradients beyond the norm are scaled down together, others are left alone', () => {
  const [a, b] = clip([[3, 0], [4]], 1);
  expect([...a!, ...b!].map((value) => Math.round(value * 1e5) / 1e5)).toEqual([0.6, 0, 0.8]);
  expect(clip([[3, 0], [4]], 6)).toEqual([[3, 0], [4]]);
  expect(clip([[0, 0]], 1)).toEqual([[0, 0]]);
});

it('NaN and infinite entries do not spoil the rest', () => {
  const [grad] = clip([[NaN, 3, -Infinity]], 1);
  expect(grad![0]).toBe(0);
  expect(grad![2]).toBeCloseTo(-1, 4);
  expect(grad![1]).toBeCloseTo(3e-5, 8);
});
