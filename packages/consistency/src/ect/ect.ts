import { defineMethod, requireOption } from '@onestep/diffusion-core';
import { openConsistencyGenerator, type ConsistencyGenerator } from '../consistency-generator.js';
import { checkGuidedPath } from '../training/options.js';
import { StudentTraining } from '../training/student-training.js';
import { ECT_OPTIONS, type EctOptions } from './options.js';
import { ECT_PRESETS } from './presets.js';
import { ectStep } from './step.js';

/**
 * Easy consistency tuning (Geng et al. 2024): a diffusion model becomes a consistency model by training on with pairs of noise
 * levels that approach each other.
 */
export const ect = defineMethod({
  name: 'ect',
  title: 'ECT',
  paper: 'easy consistency tuning, Geng et al. 2024',
  about: 'The teacher is trained on until its images of two noise levels agree, at ever closer levels.',
  options: ECT_OPTIONS,
  presets: ECT_PRESETS,
  needs: ['images'],
  trains: { networks: 3, trained: 1, activations: 1.1, passes: 4 },
  shown: { 'Loss/loss': 'loss', Ratio: 'ratio' },
  progress: {
    statistic: 'Target_distance',
    name: 'Target distance',
    about:
      'Distance of the student’s image from its target at the lower noise level, per pixel. Falls within a stage, and from stage to stage.',
  },
  tag: ({ lr, q, stageKimg, c, batch }, precision) =>
    `lr${lr}-q${q}-stage${stageKimg}-c${c}-batch${batch}-${precision}`,
  check(options) {
    checkTimes(options);
    checkGuidedPath(options);
  },
  severalSteps: true,
  openGenerator: (file) => openConsistencyGenerator(file),
  create: (args) => new StudentTraining<EctOptions, ConsistencyGenerator>(ectStep, args),
});

/** @throws RangeError if no t is within its bounds */
export function checkTimes({ tMin, tMax, rMin }: Pick<EctOptions, 'tMin' | 'tMax' | 'rMin'>): void {
  requireOption((tMin ?? 0) < (tMax ?? Infinity), `tMin must be below tMax, not ${tMin} and ${tMax}.`);
  requireOption(rMin <= (tMin ?? 0), `rMin must be at most tMin, not ${rMin} with tMin ${tMin ?? 0}.`);
}
