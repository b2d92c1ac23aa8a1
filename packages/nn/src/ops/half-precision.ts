import * as tf from '@tensorflow/tfjs-core';

/** Kernels that round their operands to half precision. */
export const HALF_KERNELS = {
  convolution: 'HalfConv2D',
  inputGradient: 'HalfConv2DBackpropInput',
  filterGradient: 'HalfConv2DBackpropFilter',
  matMul: 'HalfBatchMatMul',
} as const;

/**
 * Whether the current engine multiplies in half precision (IEEE 754 binary16): operands are rounded to it, products are
 * summed in float32. Engines on a GPU may be able to. On the others, what is to be computed in half precision is computed
 * in float32.
 */
export function hasHalfPrecision(): boolean {
  const backend = tf.getBackend();
  return Object.values(HALF_KERNELS).every((name) => tf.getKernel(name, backend) !== undefined);
}
