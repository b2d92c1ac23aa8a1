import * as tf from '@tensorflow/tfjs-core';

/**
 * `torch.nan_to_num(g, nan=0, posinf=bound, neginf=-bound)`. Finite numbers stay as they are, however large.
 */
export function nanToNum(g: tf.Tensor, bound: number): tf.Tensor {
  const number = tf.where(tf.isNaN(g), tf.zerosLike(g), g);
  return tf.where(tf.isInf(number), tf.clipByValue(number, -bound, bound), number);
}
