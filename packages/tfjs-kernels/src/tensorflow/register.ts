import * as tf from '@tensorflow/tfjs-core';
import { registerPaddedConvolutions } from './convolution.js';
import { registerTensorflowHalfKernels } from './half-kernels.js';
import type { TensorflowBackend } from './half-runner.js';
import { registerPaddedPooling } from './pooling.js';

let isRegistered = false;

/**
 * Registers this package's kernels for the engine `tensorflow`. Calling it again has no effect.
 *
 * @throws Error if neither `@tensorflow/tfjs-node` nor `@tensorflow/tfjs-node-gpu` has been imported
 */
export function registerTensorflowKernels(): void {
  if (isRegistered) return;
  registerPaddedConvolutions();
  registerPaddedPooling();
  const backend = tf.findBackend('tensorflow') as unknown as TensorflowBackend;
  if (backend.isUsingGpuDevice) registerTensorflowHalfKernels();
  isRegistered = true;
}
