import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/nn';

/** Makes images from latents in one network evaluation. */
export interface Generator {
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim: number;
  /**
   * @param z latents as {@link Generator.sampleLatents} draws them, [N, ...]
   * @param labels [N, labelDim]; left out for an unconditional generator
   * @returns [N, H, W, C] images in [-1, 1] (not cut)
   */
  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D;
  /** `n` latents, host memory. */
  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array };
}
