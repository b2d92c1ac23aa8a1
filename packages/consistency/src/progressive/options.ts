import { GUIDANCE_OPTIONS, integer, number, option, type OptionsOf } from '@onestep/diffusion-core';
import { STUDENT_OPTIONS } from '../training/options.js';

// The rate falls to 0 in each phase.
const { lrDecaySteps: _, ...COMMON } = STUDENT_OPTIONS;

/** Options of progressive distillation, with the defaults of the consistency models' authors for CIFAR-10. */
export const PD_OPTIONS = {
  /** Steps of the student in the first phase; the teacher makes twice as many. */
  startSteps: option({
    default: 4096,
    check: integer({ min: 1 }),
    help: 'steps of the student in the first phase, half of which are left in the next',
    flag: { name: 'start-scales' },
  }),
  /** Steps of the student in the last phase. */
  endSteps: option({
    default: 1,
    check: integer({ min: 1 }),
    help: 'steps of the student in the last phase',
  }),
  /** Length of a phase, in thousands of images. */
  phaseKimg: option({
    default: 25_600,
    check: number({ above: 0 }),
    help: 'thousand images of a phase; those of one and two steps are twice as long',
    flag: { name: 'phase', placeholder: 'kimg' },
  }),
  ...COMMON,
  lr: { ...COMMON.lr, default: 5e-5 },
  optimizer: { ...COMMON.optimizer, default: 'adam' as const },
  ...GUIDANCE_OPTIONS,
};

/** Options of progressive distillation. */
export type PdOptions = OptionsOf<typeof PD_OPTIONS>;
