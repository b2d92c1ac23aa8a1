import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/nn';

/**
 * Turns whole labels into the null label with probability `rate`, so that one network learns to denoise with and
 * without them (Ho & Salimans 2022).
 *
 * @param labels [N, labelDim]
 * @throws if there is nothing to draw from
 */
export function dropLabels(labels: tf.Tensor2D, rate: number, rng: Rng | undefined): tf.Tensor2D {
  if (rate === 0) return labels;
  if (rng === undefined) throw new Error('Label dropout in training mode needs an Rng to draw from.');
  const n = labels.shape[0];
  const kept = Float32Array.from(rng.uniform(n), (u) => (u >= rate ? 1 : 0));
  return tf.mul(labels, tf.tensor2d(kept, [n, 1]));
}
