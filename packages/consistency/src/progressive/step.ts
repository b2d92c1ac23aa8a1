import * as tf from '@tensorflow/tfjs-core';
import {
  atScales,
  denoiseGuided,
  karrasSigma,
  splitScales,
  type DenoiserNetwork,
  type Guidance,
} from '@onestep/diffusion-core';
import { noisyImages } from '../ect/step.js';
import { PathGenerator } from '../path/path-generator.js';
import { learningRateAt } from '../training/learning-rate.js';
import type { Draw, StudentInputs, StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import type { PdOptions } from './options.js';
import { phaseAt } from './phases.js';
import { twoStepTarget } from './target.js';

/** The noise levels of a step of the student, [3]: its start, its middle, and its end. Every step is as likely. */
export const stepLevels: Draw<PdOptions> = {
  shape: () => [3],
  draw(rng, n, progress, options) {
    const { steps } = phaseAt(progress, options);
    const level = (position: number) => karrasSigma(position / steps, { sigmaMax: options.initSigma });
    const indices = Array.from(rng.integers(n, steps));
    return Float32Array.from(indices.flatMap((i) => [level(i), level(i + 0.5), level(i + 1)]));
  },
};

/**
 * Progressive distillation (Salimans & Ho 2022) on noise levels of Karras et al. 2022, as the authors of consistency models
 * compare with it: the student learns to make in one step what its teacher makes in two. Then it is the teacher.
 */
export const pdStep: StudentStep<PdOptions, PathGenerator> = {
  name: 'pd',
  student: (network, { initSigma }) => new PathGenerator(network, { initSigma, gridPoints: null }),
  copies: () => ['teacher'],
  draws: { levels: stepLevels },
  passes: 1,
  stage: (progress, options) => phaseAt(progress, options).index,
  schedule(progress, options): Record<string, number> {
    return options.guidance === null ? {} : { isFirst: phaseAt(progress, options).index === 0 ? 1 : 0 };
  },
  beginStage({ student, copies }) {
    copies.teacher!.module.copyFrom(student.module);
  },
  learningRate: (progress, options) => learningRateAt(progress, options) * (1 - phaseAt(progress, options).share),
  loss(inputs, { student, copies, guidance }) {
    const { labels, augmentLabels, draws, masks } = inputs;
    const [start, middle, end] = tf.unstack(draws.levels!, 1) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const x = noisyImages(inputs, start);
    const { network, module } = copies.teacher!;
    module.eval();
    const toLearn = twoStepTarget(x, { start, middle, end }, teacherOfPhase(network, inputs, guidance));
    const denoised = student.network.denoise(x, start, { labels, augmentLabels, rng: masks[0] });
    const { predicted, target, valid } = keepValid(denoised, toLearn);
    const squares = tf.mean<tf.Tensor1D>(tf.squaredDifference(predicted, target), [1, 2, 3]);
    // max(SNR, 1), Eq. (9)
    const losses = tf.mul(squares, tf.maximum(tf.div(1, tf.square(start)), 1)) as tf.Tensor1D;
    return { losses, measures: { squares }, valid };
  },
  stats: ({ losses, squares }, { batch, progress }, options) => ({
    'Loss/loss': losses / batch,
    Target_distance: Math.sqrt(squares! / batch),
    Steps: phaseAt(progress, options).steps,
  }),
};

/**
 * The teacher of a phase. That of the first one is guided, and the later ones have learned it (Meng et al. 2023).
 *
 * @param network the teacher's
 */
function teacherOfPhase(
  network: DenoiserNetwork,
  { labels: rows, schedule }: StudentInputs,
  guidance: Guidance | undefined,
): (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D {
  if (guidance === undefined) return (x, sigma) => network.denoise(x, sigma, { labels: rows });
  const { labels, scales } = splitScales(rows, network.labelDim);
  const seen = scales === undefined ? network : atScales(network, scales);
  return (x, sigma) => {
    const wanted = scales ?? tf.fill(sigma.shape, guidance.scale as number);
    const scale = tf.add(1, tf.mul(schedule.isFirst!, tf.sub(wanted, 1))) as tf.Tensor1D;
    return denoiseGuided(seen, { ...guidance, scale }, x, sigma, { labels });
  };
}
