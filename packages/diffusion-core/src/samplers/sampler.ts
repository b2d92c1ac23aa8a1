import type * as tf from '@tensorflow/tfjs-core';
import type { Denoiser } from '../denoiser.js';

/**
 * Called after each step. A returned promise is awaited, so that a page can draw between steps.
 *
 * @param done number of steps done
 * @param steps number of steps in all
 * @param images [N, H, W, C] row-major, still noisy, at the solver's scale
 */
export type SamplerStepHook = (done: number, steps: number, images: Float64Array) => unknown;

/** Arguments of a sampler. */
export interface SamplerArgs<Options> {
  denoiser: Denoiser;
  /** [N, H, W, C] row-major, standard normal. */
  latents: Float32Array;
  /** [N, labelDim]. The caller keeps ownership. */
  labels?: tf.Tensor2D;
  /** Draws as many standard normal numbers as `latents` has. Called once per step, even where no noise is added. */
  noise: () => Float32Array;
  options?: Options;
  onStep?: SamplerStepHook;
  /** Stops between steps, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** Images, and what they cost. */
export interface SampledImages {
  /** [N, H, W, C] row-major, about [-1, 1], not clipped. */
  images: Float64Array;
  /** Network evaluations per image (NFE). */
  evaluations: number;
}
