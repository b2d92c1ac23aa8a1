import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, Denoiser } from '../denoiser.js';
import { perImage } from '../per-image.js';

/** The noise levels that EDM networks are trained with: ln sigma ~ N(mean, std^2), Table 1, Karras et al. 2022. */
export const EDM_NOISE = { mean: -1.2, std: 1.2 };

/**
 * Converts standard normal draws `n` to log-normal noise levels, sigma = exp(mean + std n).
 *
 * @returns as many noise levels
 */
export function logNormalSigmas(n: ArrayLike<number>, { mean, std } = EDM_NOISE): Float32Array {
  return Float32Array.from(n, (value) => Math.exp(mean + std * value));
}

/**
 * The weight of EDM's denoising loss at each noise level, lambda(sigma) = (sigma^2 + sigma_data^2) / (sigma sigma_data)^2:
 * Table 1, Karras et al. 2022.
 *
 * @param sigma [N] noise levels
 * @param sigmaData standard deviation of the data
 * @returns [N]
 */
export function edmLossWeight(sigma: tf.Tensor1D, sigmaData = 0.5): tf.Tensor1D {
  return tf.tidy(() => tf.div(tf.add(tf.square(sigma), sigmaData ** 2), tf.square(tf.mul(sigma, sigmaData))));
}

/** Arguments of {@link edmDenoisingLoss}. Everything random has been drawn before. */
export interface DenoisingLossArgs {
  denoiser: Denoiser;
  /** [N, H, W, C] clean images. */
  images: tf.Tensor4D;
  /** [N] noise levels. */
  sigma: tf.Tensor1D;
  /** [N, H, W, C] standard normal. */
  noise: tf.Tensor4D;
  conditions?: Conditions;
  /** Standard deviation of the data (0.5). */
  sigmaData?: number;
}

/**
 * The denoising score matching loss lambda(sigma) (D(y + n; sigma) - y)^2: Eq. (2), Karras et al. 2022, weighted.
 *
 * @returns [N, H, W, C], unreduced
 */
export function edmDenoisingLoss(args: DenoisingLossArgs): tf.Tensor4D {
  const { denoiser, images, sigma, noise, conditions, sigmaData = 0.5 } = args;
  return tf.tidy(() => {
    const noisy = tf.add(images, tf.mul(perImage(sigma), noise)) as tf.Tensor4D;
    const denoised = denoiser.denoise(noisy, sigma, conditions);
    return tf.mul(perImage(edmLossWeight(sigma, sigmaData)), tf.square(tf.sub(denoised, images))) as tf.Tensor4D;
  });
}
