import type * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';
import type { MaskRng, Rng } from '@onestep/random';
import type { Share } from './processes/share-of.js';
import type { Labeled } from './conditions/training-labels.js';
import type { NetworkCost } from './network-cost.js';

/** Makes images from latents in one network evaluation. */
export interface Generator extends Labeled {
  readonly imgResolution: number;
  readonly imgChannels: number;
  /**
   * @param z latents as {@link Generator.sampleLatents} draws them, [N, ...]
   * @param labels [N, labelDim]; left out for an unconditional generator
   * @returns [N, H, W, C] images in [-1, 1] (not cut)
   */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D;
  /**
   * `n` latents, host memory.
   *
   * @param rows the latents that are needed: the others may be 0. The stream goes on as without it. Left out, all
   */
  sampleLatents(rng: Rng, n: number, rows?: Share): { shape: number[]; data: Float32Array };
  /** The latent of a seed, [1, ...], in place of one that is drawn: where the generator has a list of pictures. */
  latentOf?(seed: number): { shape: number[]; data: Float32Array };
}

/**
 * A generator that can be trained and copied: what a method improves. Its images are differentiable in the parameters
 * of its module. In evaluation mode, the images depend only on the arguments, the settings and the tensors of the module, so that
 * `generateImages` can let the engine replay the recorded operations.
 */
export interface TrainableGenerator extends Generator {
  /** The parameters, and the switch between training and evaluation mode. */
  readonly module: Module;
  /** Names of the classes, one per component of a label, where they are known. */
  readonly classNames?: readonly string[];
  /** What its network takes, for estimates of memory and time; left out, unknown. */
  readonly cost?: NetworkCost;
  /** JSON settings from which the package of its network rebuilds it. */
  readonly settings: Record<string, unknown>;
  /** @param conditions where a network in training mode with dropout draws its masks from */
  generate(z: tf.Tensor, labels?: tf.Tensor2D, conditions?: { rng?: MaskRng }): tf.Tensor4D;
  /** A generator of the same settings with copies of all weights. */
  clone(): TrainableGenerator;
}
