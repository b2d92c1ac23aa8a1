import type * as tf from '@tensorflow/tfjs-core';
import { compiledEvaluation } from '../compiled-evaluation.js';
import type { Generator, TrainableGenerator } from '../generator.js';
import type { MultiStepGenerator } from './multi-step.js';

interface Inputs {
  z: tf.Tensor;
  labels?: tf.Tensor2D;
  /** Unit noise of each step after the first, [N, H, W, C]. */
  noise: readonly tf.Tensor4D[];
}

/**
 * Makes images, in one network evaluation per level. Engines that can do so replay a trainable generator, whose images depend on
 * its settings, its weights and the arguments alone: of a small network and one image, JavaScript would take a third of the time.
 *
 * @param levels noise levels of several steps; null for one step
 * @param inputs latents, labels and noise as {@link MultiStepGenerator.generateInSteps} takes them
 * @returns [N, H, W, C], about [-1, 1], not clipped
 */
export function evaluateGenerator(generator: Generator, levels: readonly number[] | null, inputs: Inputs): tf.Tensor4D {
  const evaluate = ({ z, labels, noise }: Inputs) => ({
    images:
      levels === null
        ? generator.generate(z, labels)
        : (generator as MultiStepGenerator).generateInSteps(z, levels, noise, labels),
  });
  return compiledEvaluation(generator as Partial<TrainableGenerator>, `generate ${String(levels)}`, evaluate)(inputs)
    .images;
}
