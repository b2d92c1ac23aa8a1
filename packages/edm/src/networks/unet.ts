import type * as tf from '@tensorflow/tfjs-core';
import { Module } from '@onestep/nn';
import type { Conditions } from '@onestep/diffusion-core';

/** What a UNet is built for; the rest of its options are its architecture's own. */
export interface UNetShape {
  /** Height and width of the images. */
  imgResolution: number;
  inChannels: number;
  outChannels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
}

/** The raw network F of a preconditioned denoiser. */
export abstract class UNet extends Module {
  /**
   * @param x [N, H, W, inChannels] scaled noisy images
   * @param noiseLabels [N] the noise level, as the network is told it
   * @param conditions labels [N or 1, labelDim], present if the network has labels; augmentation labels; the source
   *   of dropout masks
   * @returns [N, H, W, outChannels]
   */
  abstract forward(x: tf.Tensor4D, noiseLabels: tf.Tensor1D, conditions: Conditions): tf.Tensor4D;
}
