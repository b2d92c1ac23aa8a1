import * as tf from '@tensorflow/tfjs-core';
import { perImage, type Prediction } from '@onestep/diffusion-core';
import type { Denoising } from './preconditioning.js';

/** Settings of {@link edmDenoiser}. */
export interface EdmSettings {
  scheme: 'edm';
  /** Standard deviation of the data. */
  sigmaData: number;
  /** Factor of ln(sigma) / 4 at the network's input: 1000 in consistency_models, 1 in diffusers' EDM schedulers. */
  timeScale: number;
}

export const EDM: EdmSettings = { scheme: 'edm', sigmaData: 0.5, timeScale: 1000 };

/** Table 1 "EDM", Karras et al. 2022. */
export function edmDenoiser({ sigmaData, timeScale }: EdmSettings, predict: Prediction): Denoising {
  return {
    sigmaMin: 0,
    sigmaMax: Infinity,
    roundSigma: (sigma) => sigma,
    denoise: (x, sigma, conditions = {}) =>
      tf.tidy(() => {
        const variance = tf.add(tf.square(sigma), sigmaData ** 2) as tf.Tensor1D;
        const cSkip = tf.div(sigmaData ** 2, variance);
        const cOut = tf.div(tf.mul(sigma, sigmaData), tf.sqrt(variance));
        const output = evaluateAt(x, sigma, tf.rsqrt(variance), timeScale, (...args) => predict(...args, conditions));
        return tf.add(tf.mul(x, perImage(cSkip)), tf.mul(output, perImage(cOut)));
      }),
  };
}

/** F(c_in x; c_noise), with c_noise = timeScale ln(sigma) / 4. Takes as many channels of the output as `x` has. */
export function evaluateAt(
  x: tf.Tensor4D,
  sigma: tf.Tensor1D,
  cIn: tf.Tensor1D,
  timeScale: number,
  predict: (x: tf.Tensor4D, t: tf.Tensor1D) => tf.Tensor4D,
): tf.Tensor4D {
  const output = predict(tf.mul(x, perImage(cIn)), tf.mul(tf.log(sigma), timeScale / 4));
  const channels = x.shape[3];
  return output.shape[3] === channels ? output : tf.slice(output, [0, 0, 0, 0], [-1, -1, -1, channels]);
}
