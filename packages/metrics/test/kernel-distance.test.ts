import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, it } from 'vitest';
import { kernelDistance, subsetKernelDistance } from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

it('matches a computation by hand', () => {
  // k(x, y) = (x y + 1)^3. Within a: k(0, 1) = 1; within b: k(1, 2) = 27; between: (1 + 1 + 8 + 27) / 4.
  expect(kernelDistance(Float32Array.of(0, 1), Float32Array.of(1, 2), 1)).toBe(1 + 27 - (2 * 37) / 4);
  expect(() => kernelDistance(Float32Array.of(0), Float32Array.of(1, 2), 1)).toThrow(/at least 2 feature vectors/);
  expect(() => kernelDistance(new Float32Array(5), new Float32Array(4), 2)).toThrow(/one has 5 numbers/);
});

it('is the sum over all pairs, for sets larger than a block', () => {
  const [n, m, dim] = [300, 260, 3];
  const [a, b] = [new Rng(1).normal(n * dim), new Rng(2).normal(m * dim)];
  const kernel = (x: Float32Array, i: number, y: Float32Array, j: number) => {
    let dot = 0;
    for (let k = 0; k < dim; k++) dot += x[i * dim + k]! * y[j * dim + k]!;
    return (dot / dim + 1) ** 3;
  };
  const mean = (x: Float32Array, y: Float32Array, counts: [number, number]) => {
    let [sum, pairs] = [0, 0];
    for (let i = 0; i < counts[0]; i++) {
      for (let j = 0; j < counts[1]; j++) if (x !== y || i !== j) [sum, pairs] = [sum + kernel(x, i, y, j), pairs + 1];
    }
    return sum / pairs;
  };
  const expected = mean(a, a, [n, n]) + mean(b, b, [m, m]) - 2 * mean(a, b, [n, m]);
  expect(kernelDistance(a, b, dim)).toBeCloseTo(expected, 12);
});

it('over one subset of all images is the unbiased distance; subsets scatter around it', async () => {
  const [a, b] = [new Rng(1).normal(200 * 8), new Rng(2).normal(200 * 8)];
  const exact = kernelDistance(a, b, 8);
  expect(await subsetKernelDistance(a, b, 8, new Rng(0), { subsets: 1 })).toBeCloseTo(exact, 5);
  const mean = await subsetKernelDistance(a, b, 8, new Rng(0), { subsets: 100, maxSize: 50 });
  expect(Math.abs(mean - exact)).toBeLessThan(0.02);
  await expect(subsetKernelDistance(a, b.subarray(0, 8), 8, new Rng(0))).rejects.toThrow(/at least 2 images.*not 1/);
  await expect(subsetKernelDistance(a, b.subarray(1), 8, new Rng(0))).rejects.toThrow(/not a multiple of 8/);
});
