import * as tf from '@tensorflow/tfjs-core';
import { drawTensor } from '@onestep/nn';
import { type MaskRng } from '@onestep/random';

/**
 * Replaces labels by the null label with probability `rate`, so that one network learns to denoise with and without them
 * (Ho & Salimans 2022).
 *
 * @param labels [N, labelDim]
 * @returns [N, labelDim]
 * @throws if `rng` is missing
 */
export function dropLabels(labels: tf.Tensor2D, rate: number, rng: MaskRng | undefined): tf.Tensor2D {
  if (rate === 0) return labels;
  if (rng === undefined) throw new Error('Label dropout in training mode needs a MaskRng to draw from.');
  const n = labels.shape[0];
  const draw = () => {
    const seeds = rng.seeds(n);
    return Float32Array.from({ length: n }, (_, i) => (seeds[4 * i]! / 2 ** 32 >= rate ? 1 : 0));
  };
  return tf.mul(labels, drawTensor(draw, [n, 1]));
}
