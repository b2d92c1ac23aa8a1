import {
  DISTILLATION_OPTIONS,
  GUIDANCE_OPTIONS,
  number,
  oneOf,
  option,
  type GuidanceScale,
  type OptionsOf,
} from '@onestep/diffusion-core';

/** The networks that guidance acts on. */
const GUIDED = { teacher: 0, both: 0 };

const fakeScale = (when: string, name: string) =>
  option<number | null>({
    default: null,
    check: number(),
    help: `scale of the fake score network's guidance where it ${when}`,
    unset: 'that of the teacher with --guidance-where both, else none',
    flag: { name, placeholder: 'w' },
  });

/** Options of guidance in methods with a fake score network. The names of SiD-LSG's published script are those on a command line. */
export const SCORE_GUIDANCE_OPTIONS = {
  ...GUIDANCE_OPTIONS,
  /**
   * The networks that are guided: the teacher (as in DMD2), or the fake score network too, where it learns and where it is
   * compared (as in SiD-LSG).
   */
  guidanceWhere: option<keyof typeof GUIDED>({
    default: 'teacher',
    check: oneOf(GUIDED),
    help: 'what is guided: the teacher (as in DMD2), or both it and the fake score network (as in SiD-LSG)',
  }),
  /** kappa_1 of SiD-LSG; null for the teacher's scale where both are guided, and else for none. */
  guidanceFakeTrain: fakeScale('learns (kappa 1 of SiD-LSG)', 'cfg-train-fake'),
  /** kappa_2 = kappa_3 of SiD-LSG; null as for kappa_1. */
  guidanceFakeEval: fakeScale('is compared (kappa 2 and 3 of SiD-LSG)', 'cfg-eval-fake'),
  /**
   * Share of images in the fake score network's phase that are made and learned without their label, or with the negative prompt's;
   * null for 0.1 where it is guided (as published), and for 0 where it is not.
   */
  guidanceLabelDropout: option<number | null>({
    default: null,
    check: number({ min: 0, below: 1 }),
    help: 'share of images that the fake score network learns without their label',
    unset: '0.1 where it is guided, else 0',
    flag: { placeholder: 'share' },
  }),
};

/** Share of prompts that SiD-LSG's published script leaves out for a guided fake score network. */
const LABEL_DROPOUT = 0.1;

/** How the fake score network is guided: its two scales, 1 for none, and the share of images without their label. */
export interface FakeGuidance {
  train: GuidanceScale;
  compared: GuidanceScale;
  labelDropout: number;
}

/** Settles the options about the guidance of the fake score network. */
export function fakeGuidance({
  guidance,
  guidanceWhere,
  guidanceFakeTrain,
  guidanceFakeEval,
  guidanceLabelDropout,
}: OptionsOf<typeof SCORE_GUIDANCE_OPTIONS>): FakeGuidance {
  const usual = guidanceWhere === 'both' ? (guidance ?? 1) : 1;
  const [train, compared] = [guidanceFakeTrain ?? usual, guidanceFakeEval ?? usual];
  const isGuided = train !== 1 || compared !== 1;
  return { train, compared, labelDropout: guidanceLabelDropout ?? (isGuided ? LABEL_DROPOUT : 0) };
}

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
