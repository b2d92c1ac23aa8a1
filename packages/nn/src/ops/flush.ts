import * as tf from '@tensorflow/tfjs-core';

/**
 * Makes an engine that records operations to run them later run them now, so that what is recorded next does not need
 * memory beside them. Does nothing on others.
 */
export function flushEngine(): void {
  (tf.backend() as { flush?: () => void }).flush?.();
}
