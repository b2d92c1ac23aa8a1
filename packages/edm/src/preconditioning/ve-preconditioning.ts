import * as tf from '@tensorflow/tfjs-core';
import type { Preconditioning } from './preconditioning.js';

/** Settings of {@link vePreconditioning}. */
export interface VePreconditioningSettings {
  scheme: 've';
  /** Lowest noise level. */
  sigmaMin: number;
  /** Highest noise level. */
  sigmaMax: number;
}

export const VE_PRECONDITIONING: VePreconditioningSettings = { scheme: 've', sigmaMin: 0.02, sigmaMax: 100 };

/** For networks that predict the noise under the variance-exploding SDE: Table 1 "VE", Karras et al. 2022. */
export function vePreconditioning({ sigmaMin, sigmaMax }: VePreconditioningSettings): Preconditioning {
  return {
    sigmaMin,
    sigmaMax,
    outputsPerChannel: 1,
    roundSigma: (sigma) => sigma,
    scalings: (sigma) => ({
      cSkip: tf.onesLike(sigma),
      cOut: sigma,
      cIn: tf.onesLike(sigma),
      cNoise: tf.log(tf.mul(sigma, 0.5) as tf.Tensor1D),
    }),
  };
}
