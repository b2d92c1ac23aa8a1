import * as tf from '@tensorflow/tfjs-core';
import { edmLossWeight } from '@onestep/diffusion-core';
import { correctedEmaDecay, updateEma } from '@onestep/nn';
import { SIGMA_DATA } from '../consistency-generator.js';
import { noisyImages } from '../ect/step.js';
import { PathGenerator } from '../path/path-generator.js';
import type { Progress, StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { tractLevels } from './levels.js';
import type { TractOptions } from './options.js';
import { tractTarget } from './target.js';

/**
 * TRACT (Berthelot et al. 2023): the student learns to be, after one long step, where one step of the teacher and the rest of the
 * way by the self-teacher lead, an average of its own weights.
 */
export const tractStep: StudentStep<TractOptions, PathGenerator> = {
  name: 'tract',
  student: (network, { initSigma, timeSchedule }) =>
    new PathGenerator(network, { initSigma, gridPoints: timeSchedule[0]! }),
  copies: () => ['selfTeacher'],
  draws: { levels: tractLevels },
  passes: 1,
  schedule: ({ iteration }: Progress, { selfDecay }) => ({ decay: correctedEmaDecay(selfDecay, iteration + 1) }),
  loss(inputs, { teacher, student, copies }) {
    const { labels, augmentLabels, draws, masks } = inputs;
    const [s0, s1, s2] = tf.unstack(draws.levels!, 1) as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D];
    const x = noisyImages(inputs, s0);
    const { network, module } = copies.selfTeacher!;
    module.eval();
    const toLearn = tractTarget(
      x,
      { s0, s1, s2 },
      (xt, sigma) => teacher.denoise(xt, sigma, { labels }),
      (xt, sigma) => network.denoise(xt, sigma, { labels }),
    );
    const denoised = student.network.denoise(x, s0, { labels, augmentLabels, rng: masks[0] });
    const { predicted, target, valid } = keepValid(denoised, toLearn);
    const squares = tf.mean<tf.Tensor1D>(tf.squaredDifference(predicted, target), [1, 2, 3]);
    // The squared difference of the raw network's output from its target: 1 / c_out^2.
    const losses = tf.mul(squares, edmLossWeight(s0, SIGMA_DATA)) as tf.Tensor1D;
    return { losses, measures: { squares }, valid };
  },
  afterUpdate({ student, copies }, { decay }) {
    updateEma(copies.selfTeacher!.module, student.module, decay!);
  },
  stats: ({ losses, squares }, { batch }) => ({
    'Loss/loss': losses / batch,
    Target_distance: Math.sqrt(squares! / batch),
  }),
};
