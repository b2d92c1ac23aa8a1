import type * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import type { DenoisingLossArgs } from '@onestep/diffusion-core';

/**
 * A denoising loss: the distribution of the noise levels, and their weights (Table 1 "Training", Karras et al. 2022).
 * Drawing is separate from evaluating, so that everything random happens before the differentiated computation.
 */
export interface TrainingLoss {
  /** Draws the random numbers that `n` noise levels are computed from. @returns n numbers */
  draw(rng: Rng, n: number): ArrayLike<number>;
  /** Computes noise levels from such numbers. @returns as many noise levels */
  sigmas(draws: ArrayLike<number>): Float32Array;
  /** Evaluates the weighted squared error of every pixel. @returns [N, H, W, C], unreduced */
  evaluate(args: DenoisingLossArgs): tf.Tensor4D;
}
