import * as tf from '@tensorflow/tfjs-core';
import { registerAccurateSine } from './accurate-sine.js';
import { adamUpdateKernel } from './adam-update.js';
import { registerAddN } from './add-n.js';
import { attentionGradKernel } from './attention-grad.js';
import { attentionKernel } from './attention.js';
import { copyKernel } from './copy.js';
import { emaUpdateKernel } from './ema-update.js';
import { groupNormGradKernel } from './group-norm-grad.js';
import { groupNormKernel } from './group-norm.js';
import { siluGradKernel, siluKernel } from './silu.js';

/** Kernels for the operations of `@onestep/nn`, which has a plain composition of each; names and attributes are the contract. */
const FUSED_KERNELS: readonly tf.KernelConfig[] = [
  groupNormKernel,
  groupNormGradKernel,
  siluKernel,
  siluGradKernel,
  attentionKernel,
  attentionGradKernel,
  adamUpdateKernel,
  emaUpdateKernel,
  copyKernel,
];

let isRegistered = false;

/**
 * Registers this package's kernels for the engine `webgpu`. Calling it again has no effect.
 *
 * @throws Error if `@tensorflow/tfjs-backend-webgpu` has not been imported
 */
export function registerWebgpuKernels(): void {
  if (isRegistered) return;
  registerAccurateSine();
  FUSED_KERNELS.forEach(tf.registerKernel);
  registerAddN();
  isRegistered = true;
}
