import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import type { Conditions, Denoiser, DenoiserNetwork } from './denoiser.js';
import { perImage } from './per-image.js';

/**
 * What a network of two times has as its second input: r, the time at the end of a step, or t - r, its length.
 */
export type EndTime = 'r' | 't-r';

/**
 * A network of two times: u(z_t, t, r), the average velocity of the path from the time t to the time r <= t (Geng et al. 2025), where
 * z_t = (1 - t) y + t e is a noisy image of the flow time t. With r = t it is the velocity, and the network a denoiser.
 */
export interface VelocityNetwork extends DenoiserNetwork {
  readonly endTime: EndTime;
  /**
   * Evaluates u(z, t, r).
   *
   * @param z [N, H, W, C] noisy images of unit variance: x_sigma / (1 + sigma)
   * @param t [N] flow times in (0, 1]
   * @param r [N] flow times in [0, t]
   * @returns [N, H, W, C]
   */
  averageVelocity(z: tf.Tensor4D, t: tf.Tensor1D, r: tf.Tensor1D, conditions?: Conditions): tf.Tensor4D;
  clone(): VelocityNetwork;
}

/** Settings of a network of two times that is made after a network of one. */
export interface EndTimeOptions {
  endTime: EndTime;
  /**
   * Draws new weights, for a network without preconditioning that gets images and times as they are. Null: copies of the weights,
   * with the preconditioning; the second time has no effect at first.
   */
  rng: Rng | null;
}

/** Whether a denoiser is a network of two times. */
export function isVelocityNetwork(denoiser: Denoiser): denoiser is VelocityNetwork {
  return (denoiser as Partial<VelocityNetwork>).endTime !== undefined;
}

/** The flow time of a noise level: t = sigma / (1 + sigma). */
export function flowTime(sigma: number): number {
  return sigma / (1 + sigma);
}

/** The second input of a network of two times. @param t [N] @param r [N] */
export function endTimeInput(endTime: EndTime, t: tf.Tensor1D, r: tf.Tensor1D): tf.Tensor1D {
  return endTime === 'r' ? r : (tf.sub(t, r) as tf.Tensor1D);
}

/** Noise levels between which a denoiser has a velocity: those of the published samplers. */
const SIGMAS = [0.002, 80] as const;

/**
 * The velocity of a denoiser, v = (z - D(z / (1 - t); sigma)) / t with sigma = t / (1 - t). Beyond the noise levels 0.002 to 80, that of
 * the nearest of them.
 *
 * @param denoise D(x; sigma)
 * @param z [N, H, W, C] noisy images of the flow time t
 * @param t [N]
 */
export function flowVelocity(
  denoise: (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D,
  z: tf.Tensor4D,
  t: tf.Tensor1D,
): tf.Tensor4D {
  return tf.tidy(() => {
    const time = tf.clipByValue(t, flowTime(SIGMAS[0]), flowTime(SIGMAS[1])) as tf.Tensor1D;
    const sigma = tf.div(time, tf.sub(1, time)) as tf.Tensor1D;
    const denoised = denoise(tf.div(z, perImage(tf.sub(1, time))) as tf.Tensor4D, sigma);
    return tf.div(tf.sub(z, denoised), perImage(time));
  });
}
