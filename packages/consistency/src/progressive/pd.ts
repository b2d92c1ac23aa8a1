import { defineMethod, requireOption, type MethodPreset } from '@onestep/diffusion-core';
import { openPathGenerator } from '../path/open-path-generator.js';
import type { PathGenerator } from '../path/path-generator.js';
import { StudentTraining } from '../training/student-training.js';
import { PD_OPTIONS, type PdOptions } from './options.js';
import { pdStep } from './step.js';

const PRESETS = {
  cifar10: {
    about: 'the run of Song et al. 2023 on CIFAR-10: 4096 steps to 1, 50,000 updates each',
    options: { startSteps: 4096, phaseKimg: 25_600, batch: 512, lr: 5e-5, emaMu: 0.9999 },
    teacher: 'cifar10-uncond',
    dropout: 0,
    augment: 0,
    totalKimg: 384_000,
  },
  small: {
    about: 'some thousand images on a CPU: four steps, then two, then one, 2.5 thousand images in all',
    options: { startSteps: 4, phaseKimg: 0.5, batch: 64, lr: 5e-4, emaHalfLifeKimg: 0.2, emaRampUpRatio: 0.5 },
    dropout: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      startSteps: 8,
      phaseKimg: 20,
      batch: 256,
      initSigma: 2.5,
      lr: 3e-3,
      emaHalfLifeKimg: 10,
      emaRampUpRatio: 0.5,
    },
  },
} satisfies Record<string, MethodPreset<PdOptions>>;

/** Progressive distillation (Salimans & Ho 2022): halves the teacher's steps again and again. */
export const pd = defineMethod({
  name: 'pd',
  title: 'PD',
  paper: 'progressive distillation, Salimans & Ho 2022',
  about: 'The student learns to make in one step what the teacher makes in two, and then is the teacher of the next.',
  options: PD_OPTIONS,
  presets: PRESETS,
  needs: ['images'],
  trains: { networks: 4, trained: 1, activations: 1.05, passes: 5, teacher: { passes: 2, activations: 0 } },
  shown: { 'Loss/loss': 'loss', Steps: 'steps' },
  progress: {
    statistic: 'Target_distance',
    name: 'Target distance',
    about:
      'Root mean square of the student’s image minus its target, in two steps of the teacher. Rises when a phase begins.',
  },
  tag: ({ lr, startSteps, phaseKimg, batch }, precision) =>
    `lr${lr}-start${startSteps}-phase${phaseKimg}-batch${batch}-${precision}`,
  check({ startSteps, endSteps }) {
    const isHalved = Number.isInteger(Math.log2(startSteps / endSteps)) && startSteps >= endSteps;
    requireOption(
      isHalved,
      `startSteps must be endSteps times a power of 2, such as ${endSteps * 8}, not ${startSteps} with endSteps ${endSteps}.`,
    );
  },
  severalSteps: true,
  openGenerator: openPathGenerator,
  create: (args) => new StudentTraining<PdOptions, PathGenerator>(pdStep, args),
});
