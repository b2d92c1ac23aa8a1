import * as tf from '@tensorflow/tfjs-core';

/** Any normal number times it is beyond 1. */
const HUGE = 3e38;

/**
 * x where it is positive, slope x elsewhere. Unlike that of `tf.leakyRelu`, its gradient is one product with the slopes, and so are
 * the further derivatives.
 *
 * @param slope between 0 and 1
 */
export function leakyRelu<T extends tf.Tensor>(x: T, slope: number): T {
  return tf.customGrad((x, save) => {
    (save as tf.GradSaveFunc)([x as tf.Tensor]);
    return {
      value: tf.leakyRelu(x as tf.Tensor, slope),
      gradFunc: (dy: tf.Tensor, [x]: tf.Tensor[]) => timesSlopes(dy, x!, slope),
    };
  })(x) as T;
}

/** The slopes at `x` times `dy`; constant in x. */
function timesSlopes(dy: tf.Tensor, x: tf.Tensor, slope: number): tf.Tensor {
  return tf.customGrad((dy) => ({
    // Engines compute a limited product in less time than a choice between two numbers.
    value: tf.mul(dy as tf.Tensor, tf.clipByValue(tf.mul(x, HUGE), slope, 1)),
    gradFunc: (d: tf.Tensor) => timesSlopes(d, x, slope),
  }))(dy) as tf.Tensor;
}
