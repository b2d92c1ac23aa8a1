import {
  callback,
  defineMethod,
  EDM_NOISE,
  isNetwork,
  logNormalSigmas,
  number,
  option,
  PixelGenerator,
  withoutGradient,
  type OptionsOf,
} from '@onestep/diffusion-core';
import {
  averageDiagnostics,
  averageLoss,
  denoisingScoreMatching,
  diagnostics,
  SCORE_OPTIONS,
  ScoreDistillation,
  type ScoreStep,
} from '@onestep/score-distillation';
import type { Rng } from '@onestep/random';
import { integralKlLoss, PUBLISHED_WEIGHT, type IntegralWeight } from './integral-kl-loss.js';
import { PIXEL_COST, withoutFakeScore } from './pixels/score-distillation-run.js';
import { DIFF_INSTRUCT_PRESETS } from './presets.js';

/**
 * What Diff-Instruct adds to the loop that it shares with the other methods with a fake score network:
 * Algorithm 1, Luo et al. 2023.
 */
export const diffInstructStep: ScoreStep<DiffInstructOptions> = {
  name: 'diff-instruct',
  fakeScore: {
    sigmas: drawSigmas,
    loss: (inputs, networks, { sgls }) => denoisingScoreMatching(inputs, networks, sgls),
    // As published: the mean over pixels, without its scale.
    stats: ({ denoising }, { batch, pixels }) => ({ 'SgLoss/loss': denoising! / (batch * pixels) }),
    learningRate: ({ imagesSeen }, options) => options.lr * warmup(imagesSeen, options),
  },
  generator: {
    sigmas: drawSigmas,
    // As published. A micro-batch has the labels of its own images, so that a batch is the same however it is split
    // (the published loop repeats the labels of the last micro-batch).
    labels: 'shared',
    // Both networks are in training mode, with the same dropout masks. The gradient reaches the student through
    // x_g alone.
    loss({ xg, xt, sigma, labels, masks }, { teacher, fakeScore }, { ls, weight }) {
      if (isNetwork(teacher)) teacher.module.train();
      fakeScore.module.train();
      const fPhi = withoutGradient(() => teacher.denoise(xt, sigma, { labels, rng: masks[0] }));
      const fPsi = withoutGradient(() => fakeScore.denoise(xt, sigma, { labels, rng: masks[1] }));
      if (isNetwork(teacher)) teacher.module.eval();
      const { loss, weight: factor, valid } = integralKlLoss({ xg, fPhi, fPsi, sigma, weight });
      return {
        terms: { integralKl: { values: loss, scale: ls } },
        measures: diagnostics({ xg, fPhi, fPsi }, factor, valid),
      };
    },
    // As published: the mean over samples of the sum over pixels, without its scale.
    stats: ({ integralKl, ...sums }, { batch }) => ({
      'GLoss/loss': averageLoss(integralKl!, sums, batch),
      ...averageDiagnostics(sums, batch),
    }),
    learningRate: ({ imagesSeen }, options) => options.glr * warmup(imagesSeen, options),
  },
};

/** The factor on both learning rates: from 0 to 1 over the first `lrWarmupKimg` thousand images. */
function warmup(imagesSeen: number, { lrWarmupKimg }: DiffInstructOptions): number {
  return lrWarmupKimg === null ? 1 : Math.min(imagesSeen / (lrWarmupKimg * 1000), 1);
}

/** Draws `n` noise levels. */
export type DrawSigmas = (rng: Rng, n: number) => Float32Array;

function drawSigmas(rng: Rng, n: number, { noiseLevels, pMean, pStd }: DiffInstructOptions): Float32Array {
  return noiseLevels?.(rng, n) ?? logNormalSigmas(rng.normal(n), { mean: pMean, std: pStd });
}

/**
 * Options of Diff-Instruct under the names of the published training script. The defaults are the published
 * ones except for three that do not train: the script has init_sigma, lr and glr of 1e-3, and its README says 1
 * and 1e-5.
 */
export const DIFF_INSTRUCT_OPTIONS = {
  ...SCORE_OPTIONS,
  /** Noise level of the student's input, where the student is a copy of the teacher. */
  initSigma: option({
    ...SCORE_OPTIONS.initSigma,
    default: 1,
    help: "noise level of the student's input (published default 1e-3, which does not train)",
  }),
  /** Learning rate of the fake score network. */
  lr: option({
    ...SCORE_OPTIONS.lr,
    help: 'learning rate of the fake score network (published default 1e-3, which does not train)',
  }),
  /** Learning rate of the student. */
  glr: option({ ...SCORE_OPTIONS.glr, help: 'learning rate of the student (published default 1e-3)' }),
  /** Scale of the student's loss. */
  ls: option({
    default: 1,
    check: number({ above: 0 }),
    help: "scale of the student's loss",
    flag: { placeholder: 'factor' },
  }),
  /** Scale of the fake score network's loss. */
  sgls: option({
    default: 1,
    check: number({ above: 0 }),
    help: "scale of the fake score network's loss",
    flag: { placeholder: 'factor' },
  }),
  /** Both learning rates grow linearly from 0 over this many thousand images; null for no warm-up. */
  lrWarmupKimg: option<number | null>({
    default: null,
    check: number({ above: 0 }),
    help: 'above 0: both learning rates grow from 0 over this many thousand images',
    flag: { placeholder: 'kimg', off: -1 },
  }),
  /** ln sigma of the integral's noise levels, which the fake score network learns too: its mean. EDM's, as published. */
  pMean: option({
    default: EDM_NOISE.mean,
    check: number(),
    help: 'mean of ln sigma of the integral; higher levels move whole shapes, lower ones details',
    flag: { name: 'P-mean' },
  }),
  /** The standard deviation of ln sigma. */
  pStd: option({
    default: EDM_NOISE.std,
    check: number({ above: 0 }),
    help: 'standard deviation of ln sigma of the integral',
    flag: { name: 'P-std' },
  }),
  /** Noise levels of the integral by a function, in place of `pMean` and `pStd`; null for log-normal ones. */
  noiseLevels: option<DrawSigmas | null>({
    default: null,
    check: callback('a function of an Rng and a count'),
    help: 'noise levels of the integral, which the fake score network learns too',
    flag: false,
  }),
  /** w(sigma) of the integral; sigma^2 as published. */
  weight: option<IntegralWeight>({
    default: PUBLISHED_WEIGHT,
    check: callback('a function of noise levels'),
    help: 'w(sigma) of the integral',
    flag: false,
  }),
};

/** Options of Diff-Instruct. */
export type DiffInstructOptions = OptionsOf<typeof DIFF_INSTRUCT_OPTIONS>;

/** The teacher, the student, the fake score network and the EMA; two of them learn. */
const TRAINS = { networks: 4, trained: 2, activations: 1.6, passes: 9 };

/**
 * Diff-Instruct (Luo et al. 2023): moves a generator's images x_g = G(z) toward the distribution of a teacher
 * f_phi by the integral KL divergence between the two, without data. In each iteration a fake score network
 * f_psi learns to denoise the student's images, and the student takes a step down the gradient of Eq. (3.2).
 */
export const diffInstruct = defineMethod({
  name: 'diff-instruct',
  title: 'Diff-Instruct',
  paper: 'integral KL minimization, Luo et al. 2023',
  about:
    'A fake score network learns the score of the student’s images; where it and the teacher disagree, the student moves.',
  options: DIFF_INSTRUCT_OPTIONS,
  presets: DIFF_INSTRUCT_PRESETS,
  needs: [],
  trains: TRAINS,
  trainsWith: (_, student) => (student instanceof PixelGenerator ? PIXEL_COST : TRAINS),
  ownLatents: true,
  shown: { Score_gap: 'gap', Teacher_distance: 'dist' },
  progress: {
    statistic: 'Score_gap',
    name: 'Score gap',
    about: 'How far the teacher and the fake score network are apart. At 0 the two distributions are one.',
  },
  tag: ({ ls, sgls, glr, lr, initSigma, batch, lrWarmupKimg }, precision) =>
    `ls${ls}-sgls${sgls}-glr${glr}-sglr${lr}-sigma${initSigma}-gpus1-batch${batch}-${precision}-lrwarmkimg${lrWarmupKimg ?? -1}`,
  create: (args) =>
    args.generator instanceof PixelGenerator
      ? withoutFakeScore(diffInstructStep, args)
      : new ScoreDistillation<DiffInstructOptions>(diffInstructStep, args),
});
