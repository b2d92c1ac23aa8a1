import * as tf from '@tensorflow/tfjs-core';

/**
 * Returns x with NaN in place of infinite values.
 *
 * Convolutions, products and pooling of the wasm engine end with a comparison to the smallest float, so they turn NaN into
 * -Infinity. An optimizer that skips NaN would then take a step along that.
 */
export function infinityAsNaN<T extends tf.Tensor>(x: T): T {
  return tf.add(x, tf.mul(x, 0)) as T;
}
