import { defineMethod } from '@onestep/diffusion-core';
import { CONSISTENCY_RUN, NO_TEACHER } from '../cd/run.js';
import type { ConsistencyGenerator } from '../consistency-generator.js';
import { StudentTraining } from '../training/student-training.js';
import { checkIct, ICT_OPTIONS, type IctOptions } from './options.js';
import { ICT_PRESETS } from './presets.js';
import { ictStep } from './step.js';

/**
 * Improved consistency training (Song & Dhariwal 2023): consistency training without an averaged target, with a pseudo-Huber
 * distance, and with noise levels that are drawn as often as a diffusion model sees them.
 */
export const ict = defineMethod({
  name: 'ict',
  title: 'iCT',
  paper: 'improved consistency training, Song & Dhariwal 2023',
  about:
    'Consistency training whose target is the student itself, under a pseudo-Huber distance, at ever closer points.',
  options: ICT_OPTIONS,
  presets: ICT_PRESETS,
  ...CONSISTENCY_RUN,
  trains: { networks: 3, trained: 1, activations: 1.1, passes: 4 },
  tag: ({ lr, startScales, endScales, batch }, precision) =>
    `lr${lr}-scales${startScales}-${endScales}-batch${batch}-${precision}`,
  noGuidance: NO_TEACHER,
  check: checkIct,
  create: (args) => new StudentTraining<IctOptions, ConsistencyGenerator>(ictStep, args),
});
