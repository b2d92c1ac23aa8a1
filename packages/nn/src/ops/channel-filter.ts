import * as tf from '@tensorflow/tfjs-core';

/**
 * Correlates each channel with the same filter.
 *
 * @param x [N, H, W, C]
 * @param filter a variable of L * L weights; it has to outlive the gradient
 * @param padding zeros added on every side, at most L - 1
 * @returns [N, H', W', C] with H' = H + 2 padding - L + 1
 */
export function filterChannels(x: tf.Tensor4D, filter: tf.Variable, padding: number): tf.Tensor4D {
  return correlate(x, filter, padding, false);
}

/** The gradient is the correlation with the mirrored filter, so that it can be differentiated any number of times. */
function correlate(x: tf.Tensor4D, filter: tf.Variable, padding: number, isMirrored: boolean): tf.Tensor4D {
  const length = Math.round(Math.sqrt(filter.size));
  const channels = x.shape[3];
  return tf.customGrad((x) => {
    const square = tf.reshape(filter, [length, length, 1, 1]);
    const taps = tf.tile(isMirrored ? tf.reverse(square, [0, 1]) : square, [1, 1, channels, 1]) as tf.Tensor4D;
    return {
      value: tf.depthwiseConv2d(x as tf.Tensor4D, taps, 1, padding),
      gradFunc: (dy: tf.Tensor) => correlate(dy as tf.Tensor4D, filter, length - 1 - padding, !isMirrored),
    };
  })(x) as tf.Tensor4D;
}
