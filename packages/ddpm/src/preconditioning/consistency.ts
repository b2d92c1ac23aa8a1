import * as tf from '@tensorflow/tfjs-core';
import { perImage, type Prediction } from '@onestep/diffusion-core';
import { evaluateAt } from './edm.js';
import type { Denoising } from './preconditioning.js';

/** Settings of {@link consistencyDenoiser}. */
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
export function consistencyDenoiser(settings: ConsistencySettings, predict: Prediction): Denoising {
  const { sigmaData, sigmaMin, sigmaMax, timeScale } = settings;
  return {
    sigmaMin,
    sigmaMax,
    roundSigma: (sigma) => sigma,
    denoise: (x, sigma, conditions = {}) =>
      tf.tidy(() => {
        const above = tf.sub(sigma, sigmaMin);
        const root = tf.sqrt(tf.add(tf.square(sigma), sigmaData ** 2)) as tf.Tensor1D;
        const cSkip = tf.div(sigmaData ** 2, tf.add(tf.square(above), sigmaData ** 2));
        const cOut = tf.div(tf.mul(above, sigmaData), root);
        const cIn = tf.div(1, root) as tf.Tensor1D;
        const output = evaluateAt(x, sigma, cIn, timeScale, (...args) => predict(...args, conditions));
        return tf.add(tf.mul(x, perImage(cSkip)), tf.mul(output, perImage(cOut)));
      }),
  };
}
