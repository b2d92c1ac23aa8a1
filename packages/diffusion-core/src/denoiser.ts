import type * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';
import type { MaskRng } from '@onestep/random';
import type { Labeled } from './conditions/training-labels.js';
import type { NetworkCost } from './network-cost.js';
import type { EndTimeOptions, VelocityNetwork } from './velocity-network.js';

/** Optional inputs of a denoiser, next to the image and its noise level. */
export interface Conditions {
  /**
   * [N, labelDim] one-hot or float labels. Left out, the null label (all zeros). Networks with an input for the scale of guidance
   * also take rows of [N, labelDim + 1], whose last number is the scale.
   */
  labels?: tf.Tensor2D;
  /** [N, augmentDim] parameters of the augmentation of each image. Left out, none. */
  augmentLabels?: tf.Tensor2D;
  /** Source of dropout masks, needed by networks with dropout in training mode. */
  rng?: MaskRng;
}

/**
 * D(x; sigma): the expected clean image given a noisy one, x = y + sigma * noise, in the unscaled (s = 1) space of
 * Karras et al. 2022. EDM networks are denoisers, and so is an analytic distribution.
 */
export interface Denoiser extends Labeled {
  /** Height and width of the images, in pixels. */
  readonly imgResolution: number;
  readonly imgChannels: number;
  /** Names of the classes, one per component of a label, where they are known. */
  readonly classNames?: readonly string[];
  /** Lowest noise level that the denoiser was trained for. */
  readonly sigmaMin: number;
  /** Highest noise level that the denoiser was trained for. */
  readonly sigmaMax: number;
  /** Rounds a noise level to the nearest one that the denoiser knows; float64 on the host. */
  roundSigma(sigma: number): number;
  /**
   * Denoises images.
   *
   * @param x [N, H, W, C] noisy images, at the data's scale ([-1, 1] plus noise)
   * @param sigma [N] noise levels
   * @returns [N, H, W, C] denoised images
   */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions?: Conditions): tf.Tensor4D;
}

/**
 * A denoiser that can be trained and copied, such as a student or a fake score network. In evaluation mode, its output depends only
 * on its inputs, its settings and the tensors of its module, so that samplers can let the engine replay the recorded operations.
 */
export interface DenoiserNetwork extends Denoiser {
  /** Holds the parameters, and switches between training and evaluation mode. */
  readonly module: Module;
  /** Share of images that were trained on without their label, which guidance needs; left out, 0. */
  readonly labelDropout?: number;
  /** Length of the augmentation labels that the network takes; 0 or left out, none. */
  readonly augmentDim?: number;
  /** Whether it multiplies in half precision on engines that have it; left out, false. */
  readonly useFp16?: boolean;
  /** What the network takes, for estimates of memory and time; left out, unknown. */
  readonly cost?: NetworkCost;
  /** JSON settings from which the network's package rebuilds the network. */
  readonly settings: Record<string, unknown>;
  /**
   * Embeds noise levels as the network does, before anything that is trained; left out, there is no such embedding.
   *
   * @param sigma [N] noise levels
   * @returns [N, channels]
   */
  noiseEmbedding?(sigma: tf.Tensor1D): tf.Tensor2D;
  /** Makes a network of two times after this one; left out, there is none. */
  withEndTime?(options: EndTimeOptions): VelocityNetwork;
  /** Returns a network with the same settings and copies of all weights. */
  clone(): DenoiserNetwork;
}

/** A map of features of a network's encoder: the output of the last layer at a resolution. */
export interface FeatureMap {
  /** Name of the layer in the encoder's state dict: `8x8_block3`. */
  name: string;
  /** Height and width, in pixels. */
  resolution: number;
  channels: number;
}

/** A network whose encoder can be asked for its features, such as for a discriminator. */
export interface FeatureNetwork extends DenoiserNetwork {
  /** One for each resolution, from the largest to the smallest. The last one is the output of the encoder. */
  readonly featureMaps: readonly FeatureMap[];
  /**
   * Evaluates the encoder only, up to the last map that `names` has. The features are those of the network before its output
   * is scaled.
   *
   * @param x [N, H, W, C] noisy images, as for `denoise`
   * @param sigma [N] noise levels
   * @param names names of feature maps
   * @returns [N, resolution, resolution, channels] for each name
   * @throws if the network has no feature map of a name
   */
  features(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: Conditions | undefined,
    names: readonly string[],
  ): tf.Tensor4D[];
  /** Evaluates the network once, for `denoise` and `features`. */
  denoiseWithFeatures(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: Conditions | undefined,
    names: readonly string[],
  ): { denoised: tf.Tensor4D; features: tf.Tensor4D[] };
  clone(): FeatureNetwork;
}

/** Whether a denoiser is a network with features. */
export function hasFeatures(denoiser: Denoiser): denoiser is FeatureNetwork {
  return 'featureMaps' in denoiser;
}

/** Whether a denoiser is a network, which has weights to train and copy. */
export function isNetwork(denoiser: Denoiser): denoiser is DenoiserNetwork {
  return 'module' in denoiser;
}
