import * as tf from '@tensorflow/tfjs-core';
import { karrasSchedule, pseudoHuberDistance } from '@onestep/diffusion-core';
import { ctMove } from '../cd/ct.js';
import { intervalLevels } from '../cd/intervals.js';
import { evaluatePair, squaredGaps } from '../cd/pair.js';
import { ConsistencyGenerator } from '../consistency-generator.js';
import type { StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { doublingScalesAt } from './doubling.js';
import { drawIntervals, intervalShares } from './interval-shares.js';
import type { IctOptions } from './options.js';

/** What iCT adds to the loop: its target is the student itself. */
export const ictStep: StudentStep<IctOptions, ConsistencyGenerator> = {
  name: 'ict',
  student: (network, { initSigma, sigmaMin }) => new ConsistencyGenerator(network, { initSigma, boundary: sigmaMin }),
  draws: {
    levels: {
      shape: () => [2],
      draw(rng, n, progress, options) {
        const scales = doublingScalesAt(progress, options);
        const { sigmaMin, initSigma: sigmaMax } = options;
        const rising = karrasSchedule(scales, { sigmaMin, sigmaMax }).reverse();
        return intervalLevels(drawIntervals(rng.uniform(n), intervalShares(rising, options)), scales, options);
      },
    },
  },
  loss(inputs, networks, { c }) {
    const { student } = networks;
    const pair = evaluatePair(inputs, { student, target: student }, ctMove(inputs, networks, undefined));
    // (sqrt(|f(x_t; t) - f(x_u; u)|^2 + c^2) - c) / (t - u), Song & Dhariwal 2023
    const { predicted, target, valid } = keepValid(pair.predicted, pair.target);
    const distances = pseudoHuberDistance(predicted, target, c ?? undefined);
    const losses = tf.div(distances, tf.sub(pair.sigma, pair.lower)) as tf.Tensor1D;
    return { losses, measures: { gaps: squaredGaps({ predicted, target }) }, valid };
  },
  stats: ({ losses, gaps }, { batch, progress }, options) => ({
    'Loss/loss': losses / batch,
    Consistency_gap: Math.sqrt(gaps! / batch),
    Noise_levels: doublingScalesAt(progress, options),
  }),
  record: ({ sigmaMin }) => ({ boundary: sigmaMin }),
};
