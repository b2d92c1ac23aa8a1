import * as tf from '@tensorflow/tfjs-core';
import type { Preconditioning } from './preconditioning.js';

/** Settings of {@link edmPreconditioning}. */
export interface EdmPreconditioningSettings {
  scheme: 'edm';
  /** Standard deviation of the data. */
  sigmaData: number;
}

export const EDM_PRECONDITIONING: EdmPreconditioningSettings = { scheme: 'edm', sigmaData: 0.5 };

/** Gives the network's input and target unit variance at every noise level: Table 1 "EDM", Karras et al. 2022. */
export function edmPreconditioning({ sigmaData }: EdmPreconditioningSettings): Preconditioning {
  return {
    sigmaMin: 0,
    sigmaMax: Infinity,
    outputsPerChannel: 1,
    roundSigma: (sigma) => sigma,
    scalings(sigma) {
      const variance = tf.add(tf.square(sigma), sigmaData ** 2);
      return {
        cSkip: tf.div(sigmaData ** 2, variance),
        cOut: tf.div(tf.mul(sigma, sigmaData), tf.sqrt(variance)),
        cIn: tf.div(1, tf.sqrt(variance)),
        cNoise: tf.div(tf.log(sigma), 4),
      };
    },
  };
}
