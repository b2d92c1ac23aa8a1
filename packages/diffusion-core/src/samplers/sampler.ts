import type * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '../denoiser.js';

/** What a sampler needs. */
export interface SamplerArgs<Options> {
  denoiser: Denoiser;
  /** Standard normal, [N, H, W, C] row-major. */
  latents: Float32Array;
  /** [N, labelDim]; stays the caller's. */
  labels?: tf.Tensor2D;
  /** Fresh standard normal numbers, as many as `latents`. Asked once every step, needed or not. */
  noise: () => Float32Array;
  options?: Options;
  /**
   * Called after each step, with the number done, the number in all, and the images so far (still noisy, in the solver's
   * scaling). A promise is awaited: a page can draw between steps.
   */
  onStep?: (done: number, steps: number, images: Float64Array) => unknown;
  /** Stops between steps, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** Images, and what they cost. */
export interface SampledImages {
  /** [N, H, W, C] row-major, in [-1, 1] (not cut). */
  images: Float64Array;
  /** Network evaluations an image took (NFE). */
  evaluations: number;
}
