import * as tf from '@tensorflow/tfjs-core';

/** Runs the kernel `name` of the current engine if it has one, else the plain composition. */
export function runKernelOr<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: tf.NamedAttrMap,
  plain: () => T,
): T {
  if (tf.getKernel(name, tf.getBackend()) === undefined) return tf.tidy(plain);
  return tf.engine().runKernel(name, inputs, attrs) as unknown as T;
}
