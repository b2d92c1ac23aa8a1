import * as tf from '@tensorflow/tfjs-core';

/** Added under the square root of the demodulation. */
export const EPSILON = 1e-8;

/**
 * The factors that demodulate a convolution's output: 1 / sqrt(sum_ik (s_i w_oik)² + epsilon), Eq. (3), Karras et al. 2020.
 *
 * Layers scale the channels before a convolution by s and after it by these. That is a convolution with modulated weights,
 * w'_oik = s_i w_oik (Eq. (1)), without weights of their own for each image.
 *
 * @param weight [k, k, in, out]
 * @param s [N, in]
 * @returns [N, out]
 */
export function demodulation(weight: tf.Tensor4D, s: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(weight), [0, 1]) as tf.Tensor2D;
  return tf.rsqrt(tf.add(tf.matMul(tf.square(s), squares), EPSILON)) as tf.Tensor2D;
}
