import { boolean, integer, number, oneOf, option, requireOption, type OptionsOf } from '@onestep/diffusion-core';
import { SCORE_OPTIONS } from '@onestep/score-distillation';
import { LAST_STEP } from './noise-table.js';

const step = integer({ min: 0, max: LAST_STEP });
const { lr, glr, gBeta1, initSigma, batch, emaHalfLifeKimg, clipGradNorm } = SCORE_OPTIONS;

/** The network whose encoder a discriminator reads: the fake score network, which then learns with it, or the frozen teacher. */
const FEATURES = { fake: 0, teacher: 0 };
/** Where the labels of the student's images come from: the label prior, or the rows of real images. */
const LABELS = { prior: 0, real: 0 };
/** Weight of the fake score network's loss at a noise level: lambda(sigma) of EDM, or 1. */
const WEIGHTINGS = { edm: 0, none: 0 };

/** Options of distribution matching. The defaults are those of the published DMD2 on ImageNet. */
export const DMD2_OPTIONS = {
  /** Weight of the adversarial term in the student's loss; 0 for no discriminator, and no real images. */
  gan: option({
    default: 3e-3,
    check: number({ min: 0 }),
    help: "weight of the adversarial term in the student's loss; 0 for no discriminator, and no real images",
    flag: { placeholder: 'factor' },
  }),
  /** Weight of the score term in the student's loss; 0 for the adversarial term alone, as in LADD. */
  score: option({
    default: 1,
    check: number({ min: 0 }),
    help: "weight of the score term in the student's loss; 0 for the adversarial term alone, as in LADD",
    flag: { placeholder: 'factor' },
  }),
  /** Weight of the discriminator's loss. */
  clsLossWeight: option({
    default: 1e-2,
    check: number({ above: 0 }),
    help: "weight of the discriminator's loss",
    flag: { placeholder: 'factor' },
  }),
  /** The network whose encoder the discriminator reads. */
  features: option<keyof typeof FEATURES>({
    default: 'fake',
    check: oneOf(FEATURES),
    help: 'whose encoder the discriminator reads: fake (the fake score network, which learns with it) or teacher (frozen)',
  }),
  /** Number of maps of the encoder that the discriminator reads, from the last one on; null for all. */
  maps: option<number | null>({
    default: 1,
    check: integer({ min: 1 }),
    help: "maps of the encoder with a head of the discriminator, from the encoder's last one on",
    unset: 'all',
    flag: { off: 0 },
  }),
  /** Whether the discriminator sees noisy images; if not, it sees clean ones at the lowest noise level. */
  diffusionGan: option({ default: true, check: boolean(), help: 'whether the discriminator sees noisy images' }),
  /** Whether the discriminator sees the student's images with the noise of the score terms. */
  shareNoise: option({
    default: false,
    check: boolean(),
    help: "whether the discriminator sees the student's images with the noise of the score terms",
  }),
  /** Whether the discriminator sees real images with the noise of the student's. */
  ganUseSameTNoise: option({
    default: false,
    check: boolean(),
    help: "whether real images get the noise of the student's images in the discriminator's loss",
  }),
  /** Weight of the approximate R1 penalty in the discriminator's loss. */
  ganR1RegWeight: option({
    default: 0,
    check: number({ min: 0 }),
    help: "weight of the approximate R1 penalty in the discriminator's loss",
    flag: { placeholder: 'factor' },
  }),
  /** Standard deviation of the perturbation of the R1 penalty. */
  ganR1RegAlpha: option({
    default: 0.1,
    check: number({ above: 0 }),
    help: 'standard deviation of the perturbation in the R1 penalty',
    flag: { placeholder: 'sigma' },
  }),
  /** First index of the noise levels at which the scores are compared. */
  minStep: option({
    default: 20,
    check: step,
    help: 'first of the 1000 noise levels at which the scores are compared',
  }),
  /** Last index of the noise levels at which the scores are compared. */
  maxStep: option({
    default: 980,
    check: step,
    help: 'last of the 1000 noise levels at which the scores are compared',
  }),
  /** First index of the noise levels that the fake score network and the discriminator learn. */
  fakeMinStep: option({
    default: 0,
    check: step,
    help: 'first of the noise levels that the fake score network and the discriminator learn',
  }),
  /** Last index of the noise levels that the fake score network and the discriminator learn. */
  fakeMaxStep: option({
    default: LAST_STEP,
    check: step,
    help: 'last of the noise levels that the fake score network and the discriminator learn',
  }),
  /** Added to w, the mean difference of x_g and f_phi, by which the score term is divided. */
  epsilon: option({
    default: 0,
    check: number({ min: 0 }),
    help: 'added to the mean difference by which the score term is divided',
  }),
  /** Weight of the fake score network's loss at a noise level. */
  fakeWeighting: option<keyof typeof WEIGHTINGS>({
    default: 'edm',
    check: oneOf(WEIGHTINGS),
    help: "weight of the fake score network's loss at a noise level: edm (lambda) or none",
  }),
  /** The student is updated in one of this many iterations. */
  dfakeGenUpdateRatio: option({
    default: 5,
    check: integer({ min: 1 }),
    help: 'the student is updated in one of this many iterations',
  }),
  /** Whether an iteration of the student is its own: the fake score network and the discriminator do not learn in it. */
  exclusiveTurns: option({
    default: false,
    check: boolean(),
    help: 'whether the fake score network and the discriminator rest when the student learns',
  }),
  /** Where the labels of the student's images come from. */
  fakeLabels: option<keyof typeof LABELS>({
    default: 'prior',
    check: oneOf(LABELS),
    help: "where labels of the student's images come from: prior (class probabilities) or real (rows of real images)",
  }),
  /** Iterations over which the learning rates grow from 0. */
  warmupStep: option({
    default: 500,
    check: integer({ min: 0 }),
    help: 'iterations over which the learning rates grow from 0',
  }),
  /** Decoupled weight decay of all networks that learn. */
  weightDecay: option({ default: 0.01, check: number({ min: 0 }), help: 'decoupled weight decay (AdamW)' }),
  /** Whether clipGradNorm holds for the fake score network and the discriminator, together, too. */
  clipFake: option({
    default: true,
    check: boolean(),
    help: 'whether the fake score network and the discriminator, together, are scaled down to that norm too',
  }),
  ...SCORE_OPTIONS,
  batch: option({ ...batch, default: 280 }),
  lr: option({ ...lr, default: 2e-6, help: 'learning rate of the fake score network' }),
  glr: option({ ...glr, default: 2e-6 }),
  /** Learning rate of the discriminator's heads; null for that of the fake score network. */
  headLr: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: "learning rate of the discriminator's heads",
    unset: 'that of the fake score network',
    flag: { placeholder: 'rate' },
  }),
  /** Adam's beta1 for the fake score network and the discriminator. */
  beta1: option({
    default: 0.9,
    check: number({ min: 0, below: 1 }),
    help: "Adam's beta1 for the fake score network and the discriminator",
  }),
  gBeta1: option({ ...gBeta1, default: 0.9 }),
  initSigma: option({ ...initSigma, default: 80 }),
  clipGradNorm: option({ ...clipGradNorm, default: 10 }),
  /** Half-life of the EMA of the generator's weights, in thousands of images; 0 for none, as published. */
  emaHalfLifeKimg: option({ ...emaHalfLifeKimg, default: 0 }),
};

/** Options of DMD2. */
export type Dmd2Options = OptionsOf<typeof DMD2_OPTIONS>;

/** @throws RangeError naming options of DMD2 that do not fit each other */
export function checkDmd2Options(options: Dmd2Options): void {
  const { gan, score, shareNoise, diffusionGan, minStep, maxStep, fakeMinStep, fakeMaxStep } = options;
  requireOption(
    gan > 0 || score > 0,
    'With gan 0 and score 0 the student has nothing to learn from: give one of them a weight above 0.',
  );
  requireOption(
    diffusionGan || !shareNoise,
    'With diffusionGan false the discriminator sees clean images, which have no noise to share: set shareNoise to false.',
  );
  requireOption(minStep <= maxStep, `minStep ${minStep} is above maxStep ${maxStep}: it is the first noise level.`);
  requireOption(
    fakeMinStep <= fakeMaxStep,
    `fakeMinStep ${fakeMinStep} is above fakeMaxStep ${fakeMaxStep}: it is the first noise level.`,
  );
}
