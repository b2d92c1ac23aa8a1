import * as tf from '@tensorflow/tfjs-core';

const EPSILON = 1e-8;

/**
 * Scales each channel of each image. A convolution of scaled images is one with modulated weights, w'_oik = s_i w_oik (Eq. (1),
 * Karras et al. 2020), without weights of their own for each image.
 *
 * @param x [N or 1, H, W, C]
 * @param s [N, C]
 * @returns [N, H, W, C]
 */
export function scaleChannels(x: tf.Tensor4D, s: tf.Tensor2D): tf.Tensor4D {
  return tf.mul(x, tf.reshape(s, [s.shape[0], 1, 1, s.shape[1]]));
}

/**
 * The factors that demodulate a convolution's output: 1 / sqrt(sum_ik (s_i w_oik)² + epsilon), Eq. (3), Karras et al. 2020.
 *
 * @param weight [k, k, in, out]
 * @param s [N, in]
 * @returns [N, out]
 */
export function demodulation(weight: tf.Tensor4D, s: tf.Tensor2D): tf.Tensor2D {
  const squares = tf.sum(tf.square(weight), [0, 1]) as tf.Tensor2D;
  return tf.rsqrt(tf.add(tf.matMul(tf.square(s), squares), EPSILON)) as tf.Tensor2D;
}
