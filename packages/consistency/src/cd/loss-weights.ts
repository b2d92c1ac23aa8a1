import * as tf from '@tensorflow/tfjs-core';
import { SIGMA_DATA } from '../consistency-generator.js';

/** 1 / sigma^2 */
const snr = (sigma: tf.Tensor1D) => tf.div(1, tf.square(sigma)) as tf.Tensor1D;

/** lambda(sigma), the weight of an image's loss, by its name in the published script: [N] of the upper noise levels, [N]. */
export const LOSS_WEIGHTS = {
  uniform: (sigma) => tf.onesLike(sigma) as tf.Tensor1D,
  snr,
  'snr+1': (sigma) => tf.add(snr(sigma), 1) as tf.Tensor1D,
  karras: (sigma) => tf.add(snr(sigma), 1 / SIGMA_DATA ** 2) as tf.Tensor1D,
  'truncated-snr': (sigma) => tf.maximum(snr(sigma), 1) as tf.Tensor1D,
} as const satisfies Record<string, (sigma: tf.Tensor1D) => tf.Tensor1D>;

/** A weighting by its name. */
export type LossWeight = keyof typeof LOSS_WEIGHTS;
