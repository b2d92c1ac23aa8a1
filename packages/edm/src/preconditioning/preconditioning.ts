import type * as tf from '@tensorflow/tfjs-core';

/** The factors of Eq. (7), Karras et al. 2022, one per noise level. */
export interface Scalings {
  /** [N] */
  cSkip: tf.Tensor1D;
  /** [N] */
  cOut: tf.Tensor1D;
  /** [N] */
  cIn: tf.Tensor1D;
  /** [N] the network's input for the noise level */
  cNoise: tf.Tensor1D;
}

/** Turns a raw network into a denoiser: a column of Table 1, Karras et al. 2022. */
export interface Preconditioning {
  /** Lowest noise level of the network. */
  readonly sigmaMin: number;
  /** Highest noise level of the network. */
  readonly sigmaMax: number;
  /** Network outputs per image channel. Only the first is used. */
  readonly outputsPerChannel: 1 | 2;
  /** Rounds to the nearest noise level that the network knows. */
  roundSigma(sigma: number): number;
  /** Computes the factors. @param sigma [N] noise levels */
  scalings(sigma: tf.Tensor1D): Scalings;
}
