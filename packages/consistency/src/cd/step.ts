import * as tf from '@tensorflow/tfjs-core';
import { updateEma } from '@onestep/nn';
import { ConsistencyGenerator } from '../consistency-generator.js';
import type { StudentInputs, StudentNetworks, StudentStep } from '../training/student-step.js';
import { keepValid } from '../training/valid-images.js';
import { intervalLevels } from './intervals.js';
import { settleLossNorm } from './loss-norms.js';
import { LOSS_WEIGHTS } from './loss-weights.js';
import type { ConsistencyOptions } from './options.js';
import { evaluatePair, squaredGaps, type Move } from './pair.js';
import { scalesAt, targetEmaAt } from './schedules.js';

/** Makes the move of a micro-batch. */
export type MoveOf<O> = (
  inputs: StudentInputs,
  networks: Pick<StudentNetworks<ConsistencyGenerator>, 'teacher'>,
  options: O,
) => Move;

/**
 * One iteration of consistency distillation or training, Algorithms 2 and 3, Song et al. 2023: they differ in how they move along
 * a path.
 */
export function consistencyStep<O extends ConsistencyOptions>(
  name: string,
  moveOf: MoveOf<O>,
): StudentStep<O, ConsistencyGenerator> {
  return {
    name,
    student: (network, { initSigma, sigmaMin }) => new ConsistencyGenerator(network, { initSigma, boundary: sigmaMin }),
    copies: ({ startEma }) => (startEma === 0 ? [] : ['target']),
    draws: {
      levels: {
        shape: () => [2],
        draw(rng, n, progress, options) {
          const scales = scalesAt(progress, options);
          return intervalLevels(rng.integers(n, scales - 1), scales, options);
        },
      },
    },
    schedule: (progress, options) => ({ targetEma: targetEmaAt(progress, options) }),
    loss(inputs, networks, options) {
      const { student, copies, perceptual } = networks;
      const move = moveOf(inputs, networks, options);
      const pair = evaluatePair(inputs, { student, target: copies.target ?? student }, move);
      // lambda(t) d(f(x_t; t), f(x_u; u)), Eq. (7), Song et al. 2023
      const { predicted, target, valid } = keepValid(pair.predicted, pair.target);
      const distances = settleLossNorm(options.lossNorm, perceptual)(predicted, target);
      const losses = tf.mul(LOSS_WEIGHTS[options.weightSchedule](pair.sigma), distances) as tf.Tensor1D;
      return { losses, measures: { gaps: squaredGaps({ predicted, target }) }, valid };
    },
    afterUpdate({ student, copies }, { targetEma }) {
      // theta^- = mu theta^- + (1 - mu) theta, Eq. (8), Song et al. 2023
      if (copies.target !== undefined) updateEma(copies.target.module, student.module, targetEma!);
    },
    stats: ({ losses, gaps }, { batch, progress }, options) => ({
      'Loss/loss': losses / batch,
      Consistency_gap: Math.sqrt(gaps! / batch),
      Noise_levels: scalesAt(progress, options),
      Target_EMA: targetEmaAt(progress, options),
    }),
    record: ({ sigmaMin }) => ({ boundary: sigmaMin }),
  };
}
