import * as tf from '@tensorflow/tfjs-core';
import { defineMethod, perImage } from '@onestep/diffusion-core';
import type { ConsistencyGenerator } from '../consistency-generator.js';
import { StudentTraining } from '../training/student-training.js';
import { nameLossNorm, settleLossNorm } from './loss-norms.js';
import { checkConsistency, CONSISTENCY_OPTIONS, type ConsistencyOptions } from './options.js';
import { CT_PRESETS } from './presets.js';
import { CONSISTENCY_RUN, NO_TEACHER } from './run.js';
import { consistencyStep, type MoveOf } from './step.js';

/** Options of CT: those of CD, with the schedules of the published runs. */
export const CT_OPTIONS = {
  ...CONSISTENCY_OPTIONS,
  targetEmaMode: { ...CONSISTENCY_OPTIONS.targetEmaMode, default: 'adaptive' as const },
  scaleMode: { ...CONSISTENCY_OPTIONS.scaleMode, default: 'progressive' as const },
  startScales: { ...CONSISTENCY_OPTIONS.startScales, default: 2 },
  endScales: { ...CONSISTENCY_OPTIONS.endScales, default: 200 },
  totalTrainingSteps: { ...CONSISTENCY_OPTIONS.totalTrainingSteps, default: 800_000 },
};

/** Options of CT. */
export type CtOptions = ConsistencyOptions;

/** The image stands for the teacher's, so that the path is a straight line: x_u = x_0 + u z, Eq. (10), Song et al. 2023. */
export const ctMove: MoveOf<unknown> = ({ images, noise }) => {
  return (_x, _sigma, lower) => tf.add(images, tf.mul(perImage(lower), noise));
};

/** What CT adds to the loop. */
export const ctStep = consistencyStep<CtOptions>('ct', ctMove);

/**
 * Consistency training (Song et al. 2023): as consistency distillation, without evaluating the teacher. The student begins with the
 * teacher's weights, as in the published script.
 */
export const ct = defineMethod({
  name: 'ct',
  title: 'CT',
  paper: 'consistency training, Song et al. 2023',
  about: 'The student has to make the same image of two neighboring points on the line from an image to noise.',
  options: CT_OPTIONS,
  presets: CT_PRESETS,
  ...CONSISTENCY_RUN,
  trainsWith: ({ startEma }) => ({ networks: startEma === 0 ? 3 : 4, trained: 1, activations: 1.15, passes: 4 }),
  tag: ({ lr, lossNorm, scaleMode, startScales, endScales, batch }, precision) =>
    `lr${lr}-${nameLossNorm(lossNorm)}-${scaleMode}${startScales}-${endScales}-batch${batch}-${precision}`,
  noGuidance: NO_TEACHER,
  check: checkConsistency,
  create(args) {
    // Before networks are made.
    settleLossNorm(args.options.lossNorm, args.perceptual);
    return new StudentTraining<CtOptions, ConsistencyGenerator>(ctStep, args);
  },
});
