import * as tf from '@tensorflow/tfjs-core';
import { karrasSigma } from '@onestep/diffusion-core';
import { noisyImages } from '../ect/step.js';
import { PathGenerator } from '../path/path-generator.js';
import { learningRateAt } from '../training/learning-rate.js';
import type { Draw, StudentStep } from '../training/student-step.js';
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
  beginStage({ student, copies }) {
    copies.teacher!.module.copyFrom(student.module);
  },
  learningRate: (progress, options) => learningRateAt(progress, options) * (1 - phaseAt(progress, options).share),
  loss(inputs, { student, copies }) {
    const { labels, augmentLabels, draws, masks } = inputs;
    const [start, middle, end] = tf.unstack(draws.levels!, 1) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const x = noisyImages(inputs, start);
    const { network, module } = copies.teacher!;
    module.eval();
    const toLearn = twoStepTarget(x, { start, middle, end }, (xt, sigma) => network.denoise(xt, sigma, { labels }));
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
