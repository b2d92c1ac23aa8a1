import * as tf from '@tensorflow/tfjs-core';

/**
 * Scaled dot-product attention, Eq. (1), Vaswani et al. 2017: softmax(Q K' / sqrt(c)) V.
 *
 * @param q [B, T, c]; @param k [B, T, c]; @param v [B, T, c], where B counts images times heads
 * @returns [B, T, c]
 */
export function attention(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor3D {
  const scores = tf.matMul(q, tf.mul(k, 1 / Math.sqrt(k.shape[2])) as tf.Tensor3D, false, true);
  return tf.matMul(tf.softmax(scores), v);
}
