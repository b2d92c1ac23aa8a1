import { GUIDANCE_OPTIONS, number, numberList, option, type Check, type OptionsOf } from '@onestep/diffusion-core';
import { STUDENT_OPTIONS } from '../training/options.js';

const whole = numberList({ min: 1 });
const isSchedule = (value: unknown) => {
  if (!whole.accepts(value)) return false;
  const [points, steps, ...rest] = value as [number, number];
  return rest.length === 0 && [points, steps, points / steps].every(Number.isInteger) && points >= 2;
};

/** Steps of the teacher and of the student. */
const timeSchedule: Check<readonly number[]> = {
  expected: 'the number of steps of the teacher, and a divisor of it for the student, such as 40,1',
  placeholder: 'list',
  accepts: isSchedule,
  parse(text) {
    const values = whole.parse(text);
    return isSchedule(values) ? values : undefined;
  },
};

/** Options of TRACT, with the defaults of its published run on CIFAR-10. */
export const TRACT_OPTIONS = {
  /** Steps of the teacher, and of the student. */
  timeSchedule: option<readonly number[]>({
    default: [40, 1],
    check: timeSchedule,
    help: 'steps of the teacher and of the student',
  }),
  /** Decay of the self-teacher in each step. */
  selfDecay: option({
    default: 0.5,
    check: number({ min: 0, below: 1 }),
    help: "decay of the self-teacher, an average of the student's weights",
    flag: { placeholder: 'decay' },
  }),
  /** Share of the initial weights that is left in the generator's after `phaseKimg`; null for the other averages. */
  emaResidual: option<number | null>({
    default: null,
    check: number({ above: 0, below: 1 }),
    help: 'in place of --ema: share of the first weights that would be left in the average after --phase',
    flag: { placeholder: 'share' },
  }),
  /** Length of the training that `emaResidual` is for, in thousands of images. */
  phaseKimg: option({
    default: 96_000,
    check: number({ above: 0 }),
    help: 'thousand images after which --ema-residual is left',
    flag: { name: 'phase', placeholder: 'kimg' },
  }),
  ...STUDENT_OPTIONS,
  lr: { ...STUDENT_OPTIONS.lr, default: 1e-3 },
  optimizer: { ...STUDENT_OPTIONS.optimizer, default: 'adam' as const },
  ...GUIDANCE_OPTIONS,
};

/** Options of TRACT. */
export type TractOptions = OptionsOf<typeof TRACT_OPTIONS>;
