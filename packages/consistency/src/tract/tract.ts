import { defineMethod, requireOption, type EmaOptions, type MethodPreset } from '@onestep/diffusion-core';
import { openPathGenerator } from '../path/open-path-generator.js';
import type { PathGenerator } from '../path/path-generator.js';
import { StudentTraining } from '../training/student-training.js';
import { TRACT_OPTIONS, type TractOptions } from './options.js';
import { tractStep } from './step.js';

const PRESETS = {
  cifar10: {
    about: 'the published run on CIFAR-10 with EDM’s teacher: 40 steps to 1',
    options: { timeSchedule: [40, 1], emaResidual: 1e-3, phaseKimg: 96_000, batch: 512, lr: 1e-3 },
    teacher: 'edm-cifar10-32x32-uncond-ve',
    dropout: 0,
    augment: 0,
    totalKimg: 96_000,
  },
  small: {
    about: 'some thousand images on a CPU: eight steps to 1',
    options: {
      timeSchedule: [8, 1],
      batch: 64,
      lr: 5e-4,
      emaHalfLifeKimg: 2,
      emaRampUpRatio: 0.5,
    },
    dropout: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      timeSchedule: [16, 1],
      batch: 256,
      initSigma: 2.5,
      lr: 3e-3,
      emaHalfLifeKimg: 30,
      emaRampUpRatio: 0.5,
    },
  },
} satisfies Record<string, MethodPreset<TractOptions>>;

/** TRACT (Berthelot et al. 2023): transitive closure time-distillation. */
export const tract = defineMethod({
  name: 'tract',
  title: 'TRACT',
  paper: 'transitive closure time-distillation, Berthelot et al. 2023',
  about: 'The student learns where one step of the teacher and the rest of the way by its own average lead.',
  options: TRACT_OPTIONS,
  presets: PRESETS,
  needs: ['images'],
  trains: { networks: 4, trained: 1, activations: 1.1, passes: 6, teacher: { passes: 2, activations: 0 } },
  shown: { 'Loss/loss': 'loss', Target_distance: 'dist' },
  progress: {
    statistic: 'Target_distance',
    name: 'Target distance',
    about: 'Root mean square of the student’s image minus its target.',
  },
  tag: ({ lr, timeSchedule, selfDecay, batch }, precision) =>
    `lr${lr}-steps${timeSchedule.join('to')}-self${selfDecay}-batch${batch}-${precision}`,
  severalSteps: true,
  check({ emaResidual, emaMu }) {
    requireOption(emaResidual === null || emaMu === null, 'emaResidual and emaMu exclude each other: leave one out.');
  },
  openGenerator: openPathGenerator,
  create({ options, ...args }) {
    return new StudentTraining<TractOptions, PathGenerator>(tractStep, { ...args, options: withAverage(options) });
  },
});

/** Options whose average of weights is the published one: what is left of the first weights after the phase is `emaResidual`. */
function withAverage(options: TractOptions): TractOptions & EmaOptions {
  const { emaResidual, phaseKimg, batch } = options;
  if (emaResidual === null) return options;
  return { ...options, emaMu: emaResidual ** (batch / (phaseKimg * 1000)), emaCorrected: true };
}
