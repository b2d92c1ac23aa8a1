import * as tf from '@tensorflow/tfjs-core';
import type { PredictionScaling } from '@onestep/diffusion-core';
import { combine, scaleInputs } from './edm.js';

/** Settings of {@link consistencyPreconditioning}. */
export interface ConsistencySettings {
  scheme: 'consistency';
  /** Standard deviation of the data. */
  sigmaData: number;
  /** The noise level epsilon at which the function is the identity. */
  sigmaMin: number;
  /** The noise level at which images start. */
  sigmaMax: number;
  /** Factor of ln(sigma) / 4 at the network's input. */
  timeScale: number;
}

export const CONSISTENCY: ConsistencySettings = {
  scheme: 'consistency',
  sigmaData: 0.5,
  sigmaMin: 0.002,
  sigmaMax: 80,
  timeScale: 1000,
};

/** The consistency function, with the boundary condition f(x, epsilon) = x: Appendix C, Song et al. 2023. */
export function consistencyPreconditioning(settings: ConsistencySettings): PredictionScaling {
  const { sigmaData, sigmaMin, sigmaMax, timeScale } = settings;
  return {
    sigmaMin,
    sigmaMax,
    roundSigma: (sigma) => sigma,
    scale(x, sigma) {
      const root = tf.sqrt(tf.add(tf.square(sigma), sigmaData ** 2)) as tf.Tensor1D;
      return {
        ...scaleInputs(x, sigma, tf.div(1, root) as tf.Tensor1D, timeScale),
        toImage(output) {
          const above = tf.sub(sigma, sigmaMin);
          const cSkip = tf.div(sigmaData ** 2, tf.add(tf.square(above), sigmaData ** 2));
          const cOut = tf.div(tf.mul(above, sigmaData), root);
          return combine(x, output, cSkip as tf.Tensor1D, cOut as tf.Tensor1D);
        },
      };
    },
  };
}
