import * as tf from '@tensorflow/tfjs-core';

/**
 * Doubles height and width by repeating every pixel.
 *
 * @param x [N, H, W, C]
 * @returns [N, 2H, 2W, C]
 */
export function upsample2x(x: tf.Tensor4D): tf.Tensor4D {
  // Not tfjs's own gradient of the resize, which tfjs-backend-cpu computes wrongly for batches of more than
  // one image.
  return tf.customGrad((x) => ({
    value: repeatPixels(x as tf.Tensor4D),
    gradFunc: (dy) => tf.mul(downsample2x(dy as tf.Tensor4D), 4),
  }))(x) as tf.Tensor4D;
}

/**
 * Halves height and width by averaging blocks of 2 x 2 pixels.
 *
 * @param x [N, H, W, C], H and W even
 * @returns [N, H/2, W/2, C]
 */
export function downsample2x(x: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((x) => ({
    value: meanPixels(x as tf.Tensor4D),
    gradFunc: (dy) => tf.mul(upsample2x(dy as tf.Tensor4D), 1 / 4),
  }))(x) as tf.Tensor4D;
}

function repeatPixels(x: tf.Tensor4D): tf.Tensor4D {
  return tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
}

function meanPixels(x: tf.Tensor4D): tf.Tensor4D {
  return tf.avgPool(x, 2, 2, 'valid');
}
