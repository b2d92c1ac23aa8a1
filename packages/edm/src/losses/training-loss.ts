import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import type { DenoisingLossArgs } from '@onestep/diffusion-core';

/**
 * A way to train a denoiser: which noise levels, and how they are weighted (Table 1 "Training", Karras et al. 2022).
 * Drawing and evaluating are apart, so that everything random happens before the differentiated computation.
 */
export interface TrainingLoss {
  /** The random numbers that `n` noise levels are made of. */
  draw(rng: Rng, n: number): ArrayLike<number>;
  /** Noise levels from such numbers. */
  sigmas(draws: ArrayLike<number>): Float32Array;
  /** @returns [N, H, W, C] the weighted squared error of every pixel, unreduced */
  evaluate(args: DenoisingLossArgs): tf.Tensor4D;
}
