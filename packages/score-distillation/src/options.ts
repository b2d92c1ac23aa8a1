import { DISTILLATION_OPTIONS, GUIDANCE_OPTIONS, number, oneOf, option, type OptionsOf } from '@onestep/diffusion-core';

/** The networks that guidance acts on. */
const GUIDED = { teacher: 0, both: 0 };

/** Options of guidance in methods with a fake score network. */
export const SCORE_GUIDANCE_OPTIONS = {
  ...GUIDANCE_OPTIONS,
  /**
   * The networks that are guided: the teacher (as in DMD2), or the fake score network too, where it learns and where it is
   * compared (as in SiD-LSG).
   */
  guidanceOn: option<keyof typeof GUIDED>({
    default: 'teacher',
    check: oneOf(GUIDED),
    help: 'what is guided: the teacher, or both it and the fake score network',
  }),
};

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
  /**
   * The fake score network learns alone over the first thousand images. It starts as a copy of the teacher: that is where
   * the images of a student that is a copy too begin, but not those of a GAN.
   */
  fakeScoreFirstKimg: option({
    default: 0,
    check: number({ min: 0 }),
    help: 'thousands of images over which the fake score network learns alone at first; for students that are no copy of the teacher',
    flag: { name: 'fake-first', placeholder: 'kimg' },
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
  ...SCORE_GUIDANCE_OPTIONS,
};

/** Options of every method with a fake score network. */
export type ScoreOptions = OptionsOf<typeof SCORE_OPTIONS>;
