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

/**
 * The same for a kernel that computes a gradient. Where this gradient is differentiated in turn, in the function of
 * another one, it is composed on every engine: the composition has derivatives of any order, and the kernel none.
 */
export function runGradientKernelOr<T extends tf.Tensor | tf.Tensor[]>(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: tf.NamedAttrMap,
  plain: () => T,
): T {
  return tf.engine().isTapeOn() ? tf.tidy(plain) : runKernelOr(name, inputs, attrs, plain);
}
