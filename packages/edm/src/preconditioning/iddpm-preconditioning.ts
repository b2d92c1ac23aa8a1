import * as tf from '@tensorflow/tfjs-core';
import type { Preconditioning } from './preconditioning.js';

/** Settings of {@link iddpmPreconditioning}. */
export interface IddpmPreconditioningSettings {
  scheme: 'iddpm';
  /** Lower bound of the ratio of successive alpha-bars. */
  c1: number;
  /** Offset of the cosine schedule. */
  c2: number;
  /** Number of time steps M the network was trained with. */
  timesteps: number;
}

export const IDDPM_PRECONDITIONING: IddpmPreconditioningSettings = {
  scheme: 'iddpm',
  c1: 0.001,
  c2: 0.008,
  timesteps: 1000,
};

/** The noise levels u_0 > u_1 > ... > u_M = 0 of the cosine schedule: Table 1 "iDDPM", Karras et al. 2022. */
export function iddpmLevels({ c1, c2, timesteps }: IddpmPreconditioningSettings): Float32Array {
  const alphaBar = (j: number) => Math.sin(((0.5 * Math.PI) / (timesteps * (c2 + 1))) * j) ** 2;
  const levels = new Float64Array(timesteps + 1);
  for (let j = timesteps; j > 0; j--) {
    levels[j - 1] = Math.sqrt((levels[j]! ** 2 + 1) / Math.max(alphaBar(j - 1) / alphaBar(j), c1) - 1);
  }
  return Float32Array.from(levels);
}

/** Networks that predict the noise (and a variance, unused) at the discrete levels of Nichol & Dhariwal 2021. */
export function iddpmPreconditioning(settings: IddpmPreconditioningSettings): Preconditioning {
  const { timesteps } = settings;
  const levels = iddpmLevels(settings);
  return {
    sigmaMin: levels[timesteps - 1]!,
    sigmaMax: levels[0]!,
    outputsPerChannel: 2,
    roundSigma: (sigma) => levels.reduce((best, u) => (Math.abs(u - sigma) < Math.abs(best - sigma) ? u : best)),
    scalings(sigma) {
      const distances = tf.abs(tf.sub(tf.reshape(sigma, [-1, 1]), tf.tensor2d(levels, [1, timesteps + 1])));
      const nearest = tf.cast(tf.argMin(distances, 1), 'float32') as tf.Tensor1D;
      return {
        cSkip: tf.onesLike(sigma),
        cOut: tf.neg(sigma),
        cIn: tf.rsqrt(tf.add(tf.square(sigma), 1) as tf.Tensor1D),
        cNoise: tf.sub(timesteps - 1, nearest),
      };
    },
  };
}
