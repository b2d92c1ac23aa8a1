import * as tf from '@tensorflow/tfjs-core';

/**
 * Reshapes one value per image, [N], to [N, 1, 1, 1], so that it broadcasts over images [N, H, W, C].
 *
 * @internal
 */
export function perImage(values: tf.Tensor): tf.Tensor4D {
  return tf.reshape(values, [-1, 1, 1, 1]);
}
