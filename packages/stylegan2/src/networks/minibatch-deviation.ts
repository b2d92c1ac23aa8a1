import * as tf from '@tensorflow/tfjs-core';

const EPSILON = 1e-8;

/**
 * Appends channels with the standard deviation over groups of images, averaged over pixels and channels (Karras et al. 2018).
 * Image i belongs to group i mod (N / group size).
 *
 * @param x [N, H, W, C]
 * @param groupSize images in a group; null for the whole batch. A smaller batch is one group
 * @param channels number F of appended channels, each of C / F of the channels
 * @returns [N, H, W, C + F]
 * @throws if the groups do not divide the batch
 */
export function appendMinibatchDeviation(x: tf.Tensor4D, groupSize: number | null, channels: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const size = Math.min(groupSize ?? n, n);
  if (n % size !== 0) {
    throw new Error(`A batch of ${n} images has no groups of ${size} for the minibatch statistics.`);
  }
  const groups = n / size;
  const members = tf.reshape(x, [size, groups * h * w * c]);
  const variance = tf.mean(tf.square(tf.sub(members, tf.mean(members, 0, true))), 0);
  const deviation = tf.reshape(tf.sqrt(tf.add(variance, EPSILON)), [groups, h * w, channels, c / channels]);
  const statistics = tf.reshape(tf.mean(deviation, [1, 3]), [groups, 1, 1, channels]);
  return tf.concat([x, tf.tile(statistics, [size, h, w, 1]) as tf.Tensor4D], 3);
}
