import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import { UNI_DIVERGENCES, type Divergence, type UniDivergence } from './divergences.js';

/** Bounds of the mean logit, before its exponential. */
const MAX_LOGIT = 10;

/** How logits become weights. */
export interface RatioWeighting {
  divergence: UniDivergence;
  /** Bounds of the ratio. */
  ratioLower: number;
  ratioUpper: number;
}

/**
 * The factor f''(r) r^2 on the loss of each sample, where r = p / q is the ratio of the data's density to the student's at the
 * noisy image. The discriminator estimates it: r = exp of the mean over its map of logits.
 *
 * @param logits [N, R, R]
 * @returns [N], constants
 */
export function ratioWeight(logits: tf.Tensor3D, { divergence, ratioLower, ratioUpper }: RatioWeighting): tf.Tensor1D {
  return withoutGradient(() => {
    const logit = tf.clipByValue(tf.mean(logits, [1, 2]), -MAX_LOGIT, MAX_LOGIT);
    const ratio = tf.clipByValue(tf.exp(logit), ratioLower, ratioUpper) as tf.Tensor1D;
    const { weight }: Divergence = UNI_DIVERGENCES[divergence];
    return weight(ratio);
  });
}
