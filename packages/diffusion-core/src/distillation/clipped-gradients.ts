import type * as tf from '@tensorflow/tfjs-core';
import { clipByGlobalNorm } from '@onestep/nn';
import type { DistillationOptions } from './distillation-options.js';

/** The gradients of one network as its optimizer is to see them: scaled down to the option's norm, if it has one. */
export function clippedGradients(
  grads: tf.Tensor[],
  { clipGradNorm }: Pick<DistillationOptions, 'clipGradNorm'>,
): tf.Tensor[] {
  return clipGradNorm === null ? grads : clipByGlobalNorm(grads, clipGradNorm);
}
