import * as tf from '@tensorflow/tfjs-core';

/**
 * Runs a kernel of the current engine if it has one of that name, else the plain composition.
 *
 * This is how an operation worth fusing stays plain code for every engine and fast on those that know it.
 */
export function runKernelOr<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: tf.NamedAttrMap,
  plain: () => T,
): T {
  if (tf.getKernel(name, tf.getBackend()) === undefined) return tf.tidy(plain);
  return tf.engine().runKernel(name, inputs, attrs) as unknown as T;
}
