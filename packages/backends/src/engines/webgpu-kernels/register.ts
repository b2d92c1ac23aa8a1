import * as tf from '@tensorflow/tfjs-core';
import { adamUpdateKernel } from './adam-update.js';
import { registerAddN } from './add-n.js';
import { attentionGradKernel } from './attention-grad.js';
import { attentionKernel } from './attention.js';
import { copyKernel } from './copy.js';
import { emaUpdateKernel } from './ema-update.js';
import { groupNormGradKernel } from './group-norm-grad.js';
import { groupNormKernel } from './group-norm.js';
import { siluGradKernel, siluKernel } from './silu.js';

/** For the operations that @onestep/nn defines with a plain composition beside them; names and attributes are the contract. */
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

let registered = false;

/** Gives tfjs's WebGPU engine a kernel of few dispatches for each operation worth fusing, and a sum of many tensors. */
export function registerFusedKernels(): void {
  if (registered) return;
  registered = true;
  FUSED_KERNELS.forEach(tf.registerKernel);
  registerAddN();
}
