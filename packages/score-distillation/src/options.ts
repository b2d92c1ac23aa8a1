import { DISTILLATION_OPTIONS, number, option, type OptionsOf } from '@onestep/diffusion-core';

/** Options of every method with a fake score network, with the published defaults. */
export const SCORE_OPTIONS = {
  ...DISTILLATION_OPTIONS,
  /** Learning rate of the fake score network. */
  lr: option({
    default: 1e-5,
    check: number({ above: 0 }),
    help: 'learning rate of the fake score network',
    flag: { placeholder: 'rate' },
  }),
  /** Learning rate of the student. */
  glr: option({
    default: 1e-5,
    check: number({ above: 0 }),
    help: 'learning rate of the student',
    flag: { placeholder: 'rate' },
  }),
  /** Adam's beta1 for the student; that of the fake score network is 0. */
  gBeta1: option({ default: 0, check: number({ min: 0, below: 1 }), help: "Adam's beta1 for the student" }),
  /** Noise level of the student's input, where the student is a copy of the teacher. */
  initSigma: option({
    default: 2.5,
    check: number({ above: 0 }),
    help: "noise level of the student's input",
    flag: { placeholder: 'sigma' },
  }),
};

/** Options of every method with a fake score network. */
export type ScoreOptions = OptionsOf<typeof SCORE_OPTIONS>;
