import type * as tf from '@tensorflow/tfjs-core';
import { defineMethod, GUIDANCE_OPTIONS, oneOf, option, type OptionsOf } from '@onestep/diffusion-core';
import type { ConsistencyGenerator } from '../consistency-generator.js';
import { StudentTraining } from '../training/student-training.js';
import { nameLossNorm, settleLossNorm } from './loss-norms.js';
import { checkConsistency, CONSISTENCY_OPTIONS } from './options.js';
import { CD_PRESETS } from './presets.js';
import { CONSISTENCY_RUN } from './run.js';
import { SOLVERS, type SolverName } from './solvers.js';
import { consistencyStep, type MoveOf } from './step.js';

/** Options of CD. */
export const CD_OPTIONS = {
  /** How a step of the teacher is computed. */
  solver: option<SolverName>({
    default: 'heun',
    check: oneOf(SOLVERS),
    help: "how the teacher's step is computed: to second order, or to first with one evaluation",
  }),
  ...CONSISTENCY_OPTIONS,
  ...GUIDANCE_OPTIONS,
};

/** Options of CD. */
export type CdOptions = OptionsOf<typeof CD_OPTIONS>;

/** The teacher moves along its path: Eq. (6), Song et al. 2023. */
export const cdMove: MoveOf<Pick<CdOptions, 'solver'>> = ({ labels, augmentLabels }, { teacher }, { solver }) => {
  const denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D) => teacher.denoise(x, sigma, { labels, augmentLabels });
  return (x, sigma, lower) => SOLVERS[solver](denoise, x, sigma, lower);
};

/** What CD adds to the loop. */
export const cdStep = consistencyStep<CdOptions>('cd', cdMove);

/**
 * Consistency distillation (Song et al. 2023): the student maps every point of a path of the teacher to its end, and learns it from
 * its own images at the next point, to which the teacher leads.
 */
export const cd = defineMethod({
  name: 'cd',
  title: 'CD',
  paper: 'consistency distillation, Song et al. 2023',
  about:
    'The student has to make the same image of two neighboring points on a path, and the teacher leads from one to the other.',
  options: CD_OPTIONS,
  presets: CD_PRESETS,
  ...CONSISTENCY_RUN,
  trainsWith: ({ startEma, solver }) => ({
    networks: startEma === 0 ? 3 : 4,
    trained: 1,
    activations: 1.15,
    passes: solver === 'heun' ? 6 : 5,
    teacher: { passes: solver === 'heun' ? 2 : 1, activations: 0 },
  }),
  tag: ({ lr, lossNorm, solver, scaleMode, startScales, batch }, precision) =>
    `lr${lr}-${nameLossNorm(lossNorm)}-${solver}-${scaleMode}${startScales}-batch${batch}-${precision}`,
  check: checkConsistency,
  create(args) {
    // Before networks are made.
    settleLossNorm(args.options.lossNorm, args.perceptual);
    return new StudentTraining<CdOptions, ConsistencyGenerator>(cdStep, args);
  },
});
