import * as tf from '@tensorflow/tfjs-core';
import { vpSigma, type VpSchedule } from '@onestep/diffusion-core';
import type { Preconditioning } from './preconditioning.js';

/** Settings of {@link vpPreconditioning}. */
export interface VpPreconditioningSettings extends VpSchedule {
  scheme: 'vp';
  /** Number of time steps that the network was trained with, M. */
  timesteps: number;
  /** Lowest time of the training, epsilon_t. */
  epsilonT: number;
}

export const VP_PRECONDITIONING: VpPreconditioningSettings = {
  scheme: 'vp',
  betaD: 19.9,
  betaMin: 0.1,
  timesteps: 1000,
  epsilonT: 1e-5,
};

/** For networks that predict the noise under the variance-preserving SDE: Table 1 "VP", Karras et al. 2022. */
export function vpPreconditioning(settings: VpPreconditioningSettings): Preconditioning {
  const { betaD, betaMin, timesteps, epsilonT } = settings;
  return {
    sigmaMin: vpSigma(epsilonT, settings),
    sigmaMax: vpSigma(1, settings),
    outputsPerChannel: 1,
    roundSigma: (sigma) => sigma,
    scalings(sigma) {
      const variance = tf.add(tf.square(sigma), 1) as tf.Tensor1D;
      const root = tf.sqrt(tf.add(tf.mul(tf.log(variance), 2 * betaD), betaMin ** 2));
      const time = tf.div(tf.sub(root, betaMin), betaD);
      return {
        cSkip: tf.onesLike(sigma),
        cOut: tf.neg(sigma),
        cIn: tf.rsqrt(variance),
        cNoise: tf.mul(time, timesteps - 1),
      };
    },
  };
}
