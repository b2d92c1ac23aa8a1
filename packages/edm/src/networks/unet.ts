import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '@onestep/nn';
import type { Conditions } from '@onestep/diffusion-core';

/**
 * The inputs and outputs of a UNet. All other options are settings of its architecture.
 *
 * @internal
 */
export interface UNetShape {
  /** Height and width of the images, in pixels. */
  imgResolution: number;
  inChannels: number;
  outChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Whether its blocks multiply in half precision on engines that have it. Default: false. */
  half?: boolean;
}

/** The raw network F of a preconditioned denoiser. */
export abstract class UNet extends Module {
  /**
   * Evaluates F.
   *
   * @param x [N, H, W, inChannels] scaled noisy images
   * @param noiseLabels [N] the noise level, c_noise
   * @param conditions labels [N or 1, labelDim], required if labelDim > 0; augmentation labels [N, augmentDim]; source
   *   of dropout masks, required in training mode
   * @returns [N, H, W, outChannels]
   */
  abstract forward(x: tf.Tensor4D, noiseLabels: tf.Tensor1D, conditions: Conditions): tf.Tensor4D;
}
