import * as tf from '@tensorflow/tfjs-core';

/**
 * Evaluates `f` as a constant: nothing in it is differentiated, whatever it is built from (PyTorch's `no_grad`).
 *
 * tfjs has no stop-gradient operation. A custom gradient stops the tape while its function runs, and because its only
 * input is a number of its own, differentiation never reaches what `f` closes over.
 */
export function withoutGradient<T extends tf.Tensor>(f: () => T): T {
  const constant = tf.customGrad((unused) => ({ value: f(), gradFunc: () => tf.zerosLike(unused as tf.Tensor) }));
  return tf.tidy(() => constant(tf.scalar(0)) as T);
}
