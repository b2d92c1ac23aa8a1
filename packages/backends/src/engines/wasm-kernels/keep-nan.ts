import * as tf from '@tensorflow/tfjs-core';

/**
 * The same, with NaN for infinite values. Convolutions, products and pooling of the wasm engine give -Infinity where a NaN goes
 * in (they end with a comparison to the smallest value), and an optimizer that passes over NaN would take a step along that.
 */
export function infinityAsNaN<T extends tf.Tensor>(x: T): T {
  return tf.add(x, tf.mul(x, 0)) as T;
}
