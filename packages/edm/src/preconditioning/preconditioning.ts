import type * as tf from '@tensorflow/tfjs-core';

/** The factors of Eq. (7), Karras et al. 2022, at some noise levels. */
export interface Scalings {
  /** [N] */
  cSkip: tf.Tensor1D;
  /** [N] */
  cOut: tf.Tensor1D;
  /** [N] */
  cIn: tf.Tensor1D;
  /** [N] what the network is told about the noise level */
  cNoise: tf.Tensor1D;
}

/** How a raw network becomes a denoiser: a column of Table 1, Karras et al. 2022. */
export interface Preconditioning {
  /** The lowest noise level the network is meant for. */
  readonly sigmaMin: number;
  /** The highest noise level the network is meant for. */
  readonly sigmaMax: number;
  /** Network outputs for each image channel; only the first is used. */
  readonly outputsPerChannel: 1 | 2;
  /** The nearest noise level that the network knows. */
  roundSigma(sigma: number): number;
  /** @param sigma [N] */
  scalings(sigma: tf.Tensor1D): Scalings;
}
