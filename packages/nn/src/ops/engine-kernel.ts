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

/**
 * Runs the kernel `name` of the current engine if it has one and nothing is differentiated, else the plain composition: the kernel needs
 * no gradient. It may also leave inputs to the composition, by returning no tensors.
 *
 * @param plain composes the same of operations that have gradients
 */
export function runForwardKernelOr<T extends tf.Tensor>(
  name: string,
  inputs: tf.NamedTensorMap,
  attrs: object,
  plain: () => T,
): T {
  const engine = tf.engine();
  if (!engine.isTapeOn() && tf.getKernel(name, tf.getBackend()) !== undefined) {
    const result = engine.runKernel(name, inputs, attrs as tf.NamedAttrMap);
    if (!Array.isArray(result)) return result as T;
  }
  return tf.tidy(plain);
}
