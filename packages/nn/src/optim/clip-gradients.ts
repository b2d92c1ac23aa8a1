import * as tf from '@tensorflow/tfjs-core';
import { nanToNum } from '../ops/nan-to-num.js';

/** Value of infinite entries of gradients, with their sign. */
const BOUND = 1e5;

/**
 * Scales gradients so that the norm of all of them together is at most `maxNorm` (Pascanu et al. 2013). NaN
 * becomes 0 and infinity 1e5, so that one broken entry does not spoil a whole step.
 *
 * @returns the scaled gradients, which belong to the caller (or the tidy scope around the call)
 */
export function clipByGlobalNorm(grads: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  return tf.tidy(() => {
    const finite = grads.map((g) => nanToNum(g, BOUND));
    const norm = tf.sqrt(tf.addN(finite.map((g) => tf.sum(tf.square(g)))));
    // The small number prevents 0 / 0 for gradients of zero.
    const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1);
    return finite.map((g) => tf.mul(g, factor));
  });
}

/**
 * Clips each entry of gradients to [-bound, bound]. NaN becomes 0, so that one broken entry does not spoil a whole step.
 *
 * @returns the clipped gradients, which belong to the caller (or the tidy scope around the call)
 */
export function clipElements(grads: readonly tf.Tensor[], bound: number): tf.Tensor[] {
  return grads.map((g) => tf.tidy(() => tf.clipByValue(nanToNum(g, bound), -bound, bound)));
}
