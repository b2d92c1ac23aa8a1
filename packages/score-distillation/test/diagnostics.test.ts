import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { averageDiagnostics, averageLoss, diagnostics, validSamples } from '@onestep/score-distillation';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

/** The statistics of a batch of images whose teacher image is `gap` away from them, and NaN where `gap` is NaN. */
function statistics(gaps: readonly number[]): Record<string, number> {
  const shape: [number, number, number, number] = [gaps.length, 1, 1, 1];
  const images = {
    xg: tf.zeros(shape) as tf.Tensor4D,
    fPhi: tf.tensor4d([...gaps], shape),
    fPsi: tf.zeros(shape) as tf.Tensor4D,
  };
  const { names, sums } = diagnostics(images, tf.onesLike(tf.tensor1d([...gaps])), validSamples(images));
  const values = sums.dataSync();
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

describe('the averages of a batch', () => {
  it('are over the valid samples', () => {
    const sums = statistics([1, NaN, 3, NaN]);
    expect(averageDiagnostics(sums, 4)).toEqual({ Score_gap: 2, Teacher_distance: 2, Loss_weight: 1, NaN_samples: 2 });
    expect(averageLoss(8, sums, 4)).toBe(2);
  });

  it('are NaN, and no agreement of the networks, where no sample is valid', () => {
    const sums = statistics([NaN, NaN]);
    expect(averageDiagnostics(sums, 2)).toEqual({
      Score_gap: NaN,
      Teacher_distance: NaN,
      Loss_weight: NaN,
      NaN_samples: 2,
    });
    expect(averageLoss(0, sums, 2)).toBeNaN();
  });
});
