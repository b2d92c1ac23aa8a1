import * as tf from '@tensorflow/tfjs-core';
import { nanToNum } from '../ops/nan-to-num.js';

/** What takes the place of an infinite entry of a gradient, with its sign. */
const BOUND = 1e5;

/**
 * Scales gradients down so that their norm, over all of them together, is at most `maxNorm` (Pascanu et al. 2013). NaN
 * counts as 0 and infinity as 1e5, here and in the result: one broken entry does not undo a whole step.
 *
 * @returns as many tensors, which belong to the caller (or the tidy scope around the call)
 */
export function clipByGlobalNorm(grads: readonly tf.Tensor[], maxNorm: number): tf.Tensor[] {
  return tf.tidy(() => {
    const finite = grads.map((g) => nanToNum(g, BOUND));
    const norm = tf.sqrt(tf.addN(finite.map((g) => tf.sum(tf.square(g)))));
    // The small number keeps a gradient of zero from becoming 0 / 0.
    const factor = tf.minimum(tf.div(maxNorm, tf.add(norm, 1e-6)), 1);
    return finite.map((g) => tf.mul(g, factor));
  });
}
