import type * as tf from '@tensorflow/tfjs-core';
import type { Generator } from '../generator.js';

/** A generator whose images further evaluations of the network can refine. */
export interface MultiStepGenerator extends Generator {
  /**
   * The noise levels of `count` steps where none are given, falling; the first is that of the latents.
   *
   * @throws RangeError if `count` is not a positive integer, or the generator has no such levels
   */
  noiseLevels(count: number): readonly number[];
  /**
   * Makes images in one network evaluation per level.
   *
   * @param z latents as {@link Generator.sampleLatents} draws them, [N, ...]
   * @param levels noise levels, falling; the first is that of the latents
   * @param noise unit noise of each step after the first, [N, H, W, C]
   * @param labels [N, labelDim]
   * @returns [N, H, W, C], about [-1, 1], not clipped
   */
  generateInSteps(
    z: tf.Tensor,
    levels: readonly number[],
    noise: readonly tf.Tensor4D[],
    labels?: tf.Tensor2D,
  ): tf.Tensor4D;
}

/** Whether further steps can refine a generator's images. */
export function isMultiStep(generator: Generator): generator is MultiStepGenerator {
  const { noiseLevels, generateInSteps } = generator as Partial<MultiStepGenerator>;
  return typeof noiseLevels === 'function' && typeof generateInSteps === 'function';
}
