import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { precisionRecall } from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

it('matches a computation by hand', async () => {
  // Each real point has a neighbor at distance 1; the generated ones at 0.1, 0.1, 1 and 1.
  const [real, generated] = [Float32Array.of(0, 1, 2, 3), Float32Array.of(0.5, 0.6, 10, 11)];
  expect(await precisionRecall(real, generated, 1, { k: 1 })).toEqual({ precision: 0.5, recall: 0 });
  expect(await precisionRecall(generated, real, 1, { k: 1 })).toEqual({ precision: 0, recall: 0.5 });
  await expect(precisionRecall(real.subarray(1), generated, 1)).rejects.toThrow(/more than 3 feature vectors/);
});

it('covers sets that are larger than the blocks in which distances are computed', async () => {
  // A grid of 90x90 points; the generated ones are the centers of the first 525 of its 89x89 cells, and as many far away.
  const [side, cells] = [90, 525];
  const real = Float32Array.from({ length: 2 * side ** 2 }, (_, i) =>
    i % 2 === 0 ? (i >> 1) % side : Math.floor((i >> 1) / side),
  );
  const center = (i: number) => [(i % (side - 1)) + 0.5, Math.floor(i / (side - 1)) + 0.5];
  const generated = Float32Array.from(
    Array.from({ length: 2 * cells }, (_, i) => (i < cells ? center(i) : [-1000, i - cells])).flat(),
  );
  // The cells' corners: those of 5 full rows of cells, and of 80 cells of the next row.
  const corners = 6 * side + 81;
  expect(await precisionRecall(real, generated, 2)).toEqual({ precision: 0.5, recall: corners / side ** 2 });
});
