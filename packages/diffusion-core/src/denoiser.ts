import type * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';
import type { MaskRng } from '@onestep/random';

/** What a denoiser may be conditioned on. */
export interface Conditions {
  /** [N, labelDim]: one-hot or float labels; left out, the null label (all zeros). */
  labels?: tf.Tensor2D;
  /** [N, augmentDim]: parameters of the augmentation an image went through; left out, none. */
  augmentLabels?: tf.Tensor2D;
  /** Where a network in training mode with dropout draws its masks from. */
  rng?: MaskRng;
}

/**
 * D(x; sigma): the expected clean image given a noisy one, x = y + sigma * noise, in the unscaled (s = 1) space of
 * Karras et al. 2022. EDM networks are denoisers, and so is an analytic distribution.
 */
export interface Denoiser {
  readonly imgResolution: number;
  readonly imgChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  readonly labelDim: number;
  readonly sigmaMin: number;
  readonly sigmaMax: number;
  /** The noise level nearest to `sigma` that the network knows; float64 on the host. */
  roundSigma(sigma: number): number;
  /**
   * @param x [N, H, W, C] noisy images, at the data's scale ([-1, 1] plus noise)
   * @param sigma [N] noise levels
   * @returns [N, H, W, C] denoised images
   */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions?: Conditions): tf.Tensor4D;
}

/** A denoiser that can be trained and copied: what methods need for a student or an auxiliary score network. */
export interface DenoiserNetwork extends Denoiser {
  /** The parameters, and the switch between training and evaluation mode. */
  readonly module: Module;
  /** Share of images that were shown without their label in training, which guidance needs; left out, 0. */
  readonly labelDropout?: number;
  /** Length of the augmentation labels it takes; 0 or left out, none. */
  readonly augmentDim?: number;
  /** JSON settings from which the network's package rebuilds it. */
  readonly settings: Record<string, unknown>;
  /** A network of the same settings with copies of all weights. */
  clone(): DenoiserNetwork;
}

/** Whether a denoiser is a network. */
export function isNetwork(denoiser: Denoiser): denoiser is DenoiserNetwork {
  return 'module' in denoiser;
}
