import { DiscreteLevels, iddpmLevels, type IddpmSchedule } from '@onestep/diffusion-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Preconditioning } from './preconditioning.js';

/** Settings of {@link iddpmPreconditioning}. */
export interface IddpmPreconditioningSettings extends IddpmSchedule {
  scheme: 'iddpm';
}

export const IDDPM_PRECONDITIONING: IddpmPreconditioningSettings = {
  scheme: 'iddpm',
  c1: 0.001,
  c2: 0.008,
  timesteps: 1000,
};

/**
 * For networks that predict the noise (and a variance, which is unused) at the discrete levels of Nichol & Dhariwal 2021:
 * Table 1 "iDDPM", Karras et al. 2022.
 *
 * @param table the levels u_0, ..., u_M; left out, those of the settings
 */
export function iddpmPreconditioning(
  settings: IddpmPreconditioningSettings,
  table: ArrayLike<number> = iddpmLevels(settings),
): Preconditioning {
  const { timesteps } = settings;
  const known = new DiscreteLevels(table);
  return {
    sigmaMin: known.levels[timesteps - 1]!,
    sigmaMax: known.levels[0]!,
    outputsPerChannel: 2,
    roundSigma: (sigma) => known.round(sigma),
    scalings: (sigma) => ({
      cSkip: tf.onesLike(sigma),
      cOut: tf.neg(sigma),
      cIn: tf.rsqrt(tf.add(tf.square(sigma), 1) as tf.Tensor1D),
      // M - 1 - argmin_j |u_j - sigma|
      cNoise: tf.sub(timesteps - 1, known.nearest(sigma)),
    }),
  };
}
