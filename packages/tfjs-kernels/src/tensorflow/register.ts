import * as tf from '@tensorflow/tfjs-core';
import { registerCachedShapes } from './cached-shapes.js';
import { registerPaddedConvolutions } from './convolution.js';
import { groupNormGradKernel, groupNormKernel } from './group-norm.js';
import { registerPaddedPooling } from './pooling.js';
import { adamUpdateKernel, emaUpdateKernel } from './updates.js';

/** Kernels for the operations of `@onestep/nn`, which has a plain composition of each; names and attributes are the contract. */
const FUSED_KERNELS: readonly tf.KernelConfig[] = [
  groupNormKernel,
  groupNormGradKernel,
  adamUpdateKernel,
  emaUpdateKernel,
];

let isRegistered = false;

/**
 * Registers this package's kernels for the engine `tensorflow`. Calling it again has no effect.
 *
 * @throws Error if neither `@tensorflow/tfjs-node` nor `@tensorflow/tfjs-node-gpu` has been imported
 */
export function registerTensorflowKernels(): void {
  if (isRegistered) return;
  registerCachedShapes();
  registerPaddedConvolutions();
  registerPaddedPooling();
  FUSED_KERNELS.forEach(tf.registerKernel);
  isRegistered = true;
}
