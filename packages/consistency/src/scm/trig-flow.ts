import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';
import { SIGMA_DATA } from '../consistency-generator.js';

/** A noise level as an angle, sigma = sigma_d tan t. */
export interface Angle {
  /** cos t, [N] */
  cos: tf.Tensor1D;
  /** sin t, [N] */
  sin: tf.Tensor1D;
}

/** D(x; sigma) with its conditions. */
export type Denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D;

/**
 * The angle t = atan(sigma / sigma_d) of noise levels. Computed from sigma, its cosine keeps its digits at high noise levels, where
 * t is near pi / 2.
 *
 * @param sigma [N]
 */
export function angleOf(sigma: tf.Tensor1D): Angle {
  const radius = tf.sqrt(tf.add(tf.square(sigma), SIGMA_DATA ** 2));
  return { cos: tf.div(SIGMA_DATA, radius), sin: tf.div(sigma, radius) };
}

/**
 * TrigFlow's F of any denoiser, sigma_d F(x_t, t) = (cos t x_t - D(x_t / cos t; sigma)) / sin t: the flow dx_t / dt of the
 * probability-flow ODE in x_t = cos t x_0 + sin t z, z ~ N(0, sigma_d^2) (Lu & Song 2024).
 *
 * @returns F(x_t, sigma), a function of images [N, H, W, C] and noise levels [N]
 */
export function trigFlow(denoise: Denoise): Denoise {
  return (x, sigma) =>
    tf.tidy(() => {
      const { cos, sin } = angleOf(sigma);
      const denoised = denoise(tf.div(x, perImage(cos)) as tf.Tensor4D, sigma);
      return tf.div(tf.sub(tf.mul(x, perImage(cos)), denoised), perImage(tf.mul(sin, SIGMA_DATA) as tf.Tensor1D));
    });
}
