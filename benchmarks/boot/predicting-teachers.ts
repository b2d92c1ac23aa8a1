import * as tf from '@tensorflow/tfjs-core';
import { denoiserFromPrediction, perImage, type Denoiser, type DenoiserNetwork } from '@onestep/diffusion-core';

/** Steps of the DDPM that predicts the velocity. */
const STEPS = 1000;
const [LOWEST, HIGHEST] = [0.002, 80];

/**
 * The same teacher as a network that predicts the noise, or the velocity at the steps of a DDPM, made a denoiser again: what it
 * knows is the same, and everything between is the conversion.
 */
export function predicting(what: 'noise' | 'velocity', teacher: DenoiserNetwork): Denoiser {
  const { imgResolution, imgChannels, labelDim } = teacher;
  const shape = { imgResolution, imgChannels, labelDim };
  if (what === 'noise') {
    return denoiserFromPrediction(
      { ...shape, predicts: 'noise', sigmaMin: teacher.sigmaMin, sigmaMax: teacher.sigmaMax },
      (x, sigma, conditions) => tf.div(tf.sub(x, teacher.denoise(x, sigma, conditions)), perImage(sigma)),
    );
  }
  // ln sigma is linear in the step, so that a step between two has the same noise level on the way there and back.
  const growth = Math.log(HIGHEST / LOWEST) / (STEPS - 1);
  const alphaBars = Array.from({ length: STEPS }, (_, t) => 1 / (1 + (LOWEST * Math.exp(growth * t)) ** 2));
  return denoiserFromPrediction(
    { ...shape, predicts: 'velocity', alphaBars, between: 'interpolated' },
    (xt, step, conditions) => {
      const sigma = tf.mul(LOWEST, tf.exp(tf.mul(step, growth))) as tf.Tensor1D;
      const root = perImage(tf.rsqrt(tf.add(tf.square(sigma), 1)) as tf.Tensor1D);
      const x = tf.div(xt, root) as tf.Tensor4D;
      const x0 = teacher.denoise(x, sigma, conditions);
      const eps = tf.div(tf.sub(x, x0), perImage(sigma));
      // v = sqrt(alpha-bar) epsilon - sqrt(1 - alpha-bar) x_0, Salimans & Ho 2022
      return tf.sub(tf.mul(root, eps), tf.mul(tf.mul(root, perImage(sigma)), x0)) as tf.Tensor4D;
    },
  );
}
