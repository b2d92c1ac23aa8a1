import {
  DISTILLATION_OPTIONS,
  integer,
  number,
  oneOf,
  option,
  requireOption,
  type Check,
  type GUIDANCE_OPTIONS,
  type GuidanceScale,
  type OptionsOf,
} from '@onestep/diffusion-core';
import { Adam, RAdam, type AdamOptions, type Parameter } from '@onestep/nn';

/** The optimizers of a student, by name. */
export const OPTIMIZERS = {
  radam: (parameters: ReadonlyMap<string, Parameter>, options: AdamOptions) => new RAdam(parameters, options),
  adam: (parameters: ReadonlyMap<string, Parameter>, options: AdamOptions) => new Adam(parameters, options),
} as const;

// Labels come with the images.
const { classProbabilities: _, ...COMMON } = DISTILLATION_OPTIONS;

/** Names of optimizers; as text also with capitals, as published scripts write them. */
const optimizerNames: Check<keyof typeof OPTIMIZERS> = {
  ...oneOf(OPTIMIZERS),
  choices: undefined,
  parse: (text) => oneOf(OPTIMIZERS).parse(text.toLowerCase()),
};

/** Options that every method of this package has. */
export const STUDENT_OPTIONS = {
  ...COMMON,
  /** sigma_max: the noise level at which the student's path begins. */
  initSigma: option({
    default: 80,
    check: number({ above: 0 }),
    help: "noise level of the student's input",
    flag: { placeholder: 'sigma' },
  }),
  /** Learning rate of the student. */
  lr: option({
    default: 1e-4,
    check: number({ above: 0 }),
    help: 'learning rate of the student',
    flag: { placeholder: 'rate' },
  }),
  /** Steps in which the learning rate rises from 0 by equal amounts. */
  warmup: option({
    default: 0,
    check: integer({ min: 0 }),
    help: 'steps in which the learning rate rises from 0',
    flag: { placeholder: 'steps' },
  }),
  /** Steps after which the learning rate falls with one over the root of the steps; null for a constant rate. */
  lrDecaySteps: option<number | null>({
    default: null,
    check: integer({ min: 1 }),
    help: 'steps after which the learning rate falls, with one over the root of their number',
    unset: 'never',
    flag: { placeholder: 'steps' },
  }),
  /** The optimizer. */
  optimizer: option<keyof typeof OPTIMIZERS>({
    default: 'radam',
    check: optimizerNames,
    help: 'optimizer of the student: radam or adam',
  }),
  /** The optimizer's beta1. */
  beta1: option({ default: 0.9, check: number({ min: 0, below: 1 }), help: "the optimizer's beta1" }),
  /** The optimizer's beta2. */
  beta2: option({ default: 0.999, check: number({ min: 0, below: 1 }), help: "the optimizer's beta2" }),
};

/**
 * Checks that the teacher is asked where it is guided.
 *
 * @throws RangeError if it is not
 */
export function checkGuidedPath({ useCd, guidance }: { useCd: boolean; guidance: GuidanceScale | null }): void {
  requireOption(
    useCd || guidance === null,
    'guidance moves the path of the teacher, which is followed with useCd only: set useCd, or leave guidance out.',
  );
}

/** Options that every method of this package has. The decay of the learning rate is left out by those with a rate of their own. */
export interface StudentOptions
  extends OptionsOf<Omit<typeof STUDENT_OPTIONS, 'lrDecaySteps'>>, Partial<OptionsOf<typeof GUIDANCE_OPTIONS>> {}
