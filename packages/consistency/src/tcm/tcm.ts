import { defineMethod, requireOption } from '@onestep/diffusion-core';
import { NO_TEACHER } from '../cd/run.js';
import { checkTimes } from '../ect/ect.js';
import { StudentTraining } from '../training/student-training.js';
import { TCM_OPTIONS, type TcmOptions } from './options.js';
import { TCM_PRESETS } from './presets.js';
import { tcmStep } from './step.js';
import { TruncatedGenerator } from './truncated-generator.js';

/** Truncated consistency models (Lee et al. 2024): a consistency model that learns on at high noise levels alone. */
export const tcm = defineMethod({
  name: 'tcm',
  title: 'TCM',
  paper: 'truncated consistency models, Lee et al. 2024',
  about: 'A consistency model is frozen at low noise levels, and a copy of it learns on at the high ones.',
  options: TCM_OPTIONS,
  presets: TCM_PRESETS,
  needs: ['images'],
  // The truncated training alone keeps what a first stage has learned.
  needsWith: ({ firstStageKimg }) => (firstStageKimg > 0 ? ['images'] : ['images', 'student']),
  trains: { networks: 4, trained: 1, activations: 1.25, passes: 5 },
  shown: { 'Loss/loss': 'loss', 'Loss/boundary': 'boundary', Ratio: 'ratio' },
  progress: {
    statistic: 'Target_distance',
    name: 'Target distance',
    about: 'Distance of the student’s image from its target at the lower noise level, per pixel. Falls within a stage.',
  },
  tag: ({ lr, firstStageKimg, transition, batch }, precision) =>
    `lr${lr}-first${firstStageKimg}-transition${transition}-batch${batch}-${precision}`,
  check(options) {
    checkTimes(options);
    const highest = options.tMax ?? options.initSigma;
    const { transition, ratioLimit } = options;
    requireOption(transition < highest, `transition must be below the highest t, ${highest}, not ${transition}.`);
    requireOption(ratioLimit !== null, 'ratioLimit must be a number: it is the ratio of the truncated training.');
  },
  noGuidance: NO_TEACHER,
  severalSteps: true,
  openGenerator: ({ network, record: { initSigma, transition } }) =>
    new TruncatedGenerator(network, { initSigma, transition: typeof transition === 'number' ? transition : 1 }),
  create: (args) => new StudentTraining<TcmOptions, TruncatedGenerator>(tcmStep, args),
});
