import * as tf from '@tensorflow/tfjs-core';

/**
 * Makes an engine that defers operations run them now, so that their memory can be reused by the following
 * ones. Does nothing on other engines.
 *
 * @internal
 */
export function flushEngine(): void {
  (tf.backend() as { flush?: () => void }).flush?.();
}
