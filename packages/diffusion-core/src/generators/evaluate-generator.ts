import type * as tf from '@tensorflow/tfjs-core';
import { compileStep, type Step } from '@onestep/nn';
import type { Generator, TrainableGenerator } from '../generator.js';
import type { MultiStepGenerator } from './multi-step.js';

interface Inputs {
  z: tf.Tensor;
  labels?: tf.Tensor2D;
  /** Unit noise of each step after the first, [N, H, W, C]. */
  noise: readonly tf.Tensor4D[];
}

type Evaluation = Step<Inputs, { images: tf.Tensor4D }>;

/** The compiled evaluations of a generator, by noise levels. */
const compiled = new WeakMap<Generator, Map<string, Evaluation>>();

/**
 * Makes images, in one network evaluation per level. Engines that can do so replay a trainable generator, whose images depend on
 * its settings, its weights and the arguments alone: of a small network and one image, JavaScript would take a third of the time.
 *
 * @param levels noise levels of several steps; null for one step
 * @param inputs latents, labels and noise as {@link MultiStepGenerator.generateInSteps} takes them
 * @returns [N, H, W, C], about [-1, 1], not clipped
 */
export function evaluateGenerator(generator: Generator, levels: readonly number[] | null, inputs: Inputs): tf.Tensor4D {
  const evaluate: Evaluation = ({ z, labels, noise }) => ({
    images:
      levels === null
        ? generator.generate(z, labels)
        : (generator as MultiStepGenerator).generateInSteps(z, levels, noise, labels),
  });
  if (!isInEvaluation(generator)) return evaluate(inputs).images;
  const byLevels = compiled.get(generator) ?? new Map<string, Evaluation>();
  compiled.set(generator, byLevels);
  const key = String(levels);
  const run = byLevels.get(key) ?? compileStep(evaluate);
  byLevels.set(key, run);
  return run(inputs).images;
}

/** Whether a generator has weights, and is not in training mode, in which dropout draws masks. */
function isInEvaluation(generator: Generator): boolean {
  const { module } = generator as Partial<TrainableGenerator>;
  return module !== undefined && !module.training;
}
