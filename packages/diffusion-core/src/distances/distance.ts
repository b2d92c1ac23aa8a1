import * as tf from '@tensorflow/tfjs-core';

/**
 * A distance of images.
 *
 * @param a [N, H, W, C]; gradients flow through it
 * @param b [N, H, W, C]
 * @returns [N], one number per image
 */
export type Distance = (a: tf.Tensor4D, b: tf.Tensor4D) => tf.Tensor1D;

/** |a - b|^2, summed over the numbers of an image. */
export function squaredDistance(a: tf.Tensor4D, b: tf.Tensor4D): tf.Tensor1D {
  return tf.sum(tf.squaredDifference(a, b), [1, 2, 3]);
}

/**
 * sqrt(|a - b|^2 + c^2) - c: Song & Dhariwal 2023.
 *
 * @param c in units of a whole image's norm. Default: 0.00054 sqrt(d) for images of d numbers
 */
export function pseudoHuberDistance(
  a: tf.Tensor4D,
  b: tf.Tensor4D,
  c = 0.00054 * Math.sqrt(a.size / a.shape[0]),
): tf.Tensor1D {
  return tf.sub(tf.sqrt(tf.add(squaredDistance(a, b), c ** 2)), c) as tf.Tensor1D;
}
