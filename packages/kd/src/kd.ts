import {
  defineMethod,
  DISTILLATION_OPTIONS,
  integer,
  number,
  option,
  regressionDistance,
  type Distance,
  type MethodPreset,
  type OptionsOf,
  type RegressionDistanceName,
} from '@onestep/diffusion-core';
import { KdDistillation } from './kd-distillation.js';

// The pairs have their labels already.
const { classProbabilities: _, ...COMMON } = DISTILLATION_OPTIONS;

/** Options of KD. The defaults are those of FastGen's KD, with the EMA that all methods here have. */
export const KD_OPTIONS = {
  /** How the student's image is compared with the teacher's; `lpips` needs weights of the caller's. */
  loss: option<RegressionDistanceName | Distance>({
    default: 'l2',
    check: regressionDistance,
    help: "how the student's image is compared with the teacher's; lpips needs --lpips",
  }),
  /** Noise level of the student's input, which is this many times the unit noise of a pair. */
  initSigma: option({
    default: 80,
    check: number({ above: 0 }),
    help: "noise level of the student's input",
    flag: { placeholder: 'sigma' },
  }),
  ...COMMON,
  batch: { ...COMMON.batch, default: 256 },
  clipGradNorm: { ...COMMON.clipGradNorm, default: 10, flag: { placeholder: 'norm', off: -1 } },
  /** Learning rate of the student. */
  glr: option({
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
  /** AdamW's decay of the weights. */
  weightDecay: option({ default: 0.01, check: number({ min: 0 }), help: "AdamW's decay of the weights; 0 for Adam" }),
  /** Adam's beta1. */
  gBeta1: option({ default: 0.9, check: number({ min: 0, below: 1 }), help: "Adam's beta1" }),
  /** Adam's beta2. */
  gBeta2: option({ default: 0.999, check: number({ min: 0, below: 1 }), help: "Adam's beta2" }),
};

/** Options of KD. */
export type KdOptions = OptionsOf<typeof KD_OPTIONS>;

const PRESETS = {
  fastgen: {
    about: 'the loss and the optimizer of FastGen’s KD, with its constant EMA',
    options: { batch: 256, loss: 'l2', glr: 1e-4, weightDecay: 0.01, clipGradNorm: 10, emaMu: 0.9999 },
  },
  get: {
    about: 'the training of GET’s run on CIFAR-10, for the EDM network: 800,000 steps with the L1 loss',
    teacher: 'cifar10-uncond',
    options: { batch: 128, loss: 'l1', glr: 1e-4, weightDecay: 0, clipGradNorm: null, emaMu: 0.9999 },
    totalKimg: 102_400,
  },
  luhman: {
    about: 'the training of Luhman & Luhman’s run on CIFAR-10: 50,000 steps with the L1 loss',
    options: {
      batch: 512,
      loss: 'l1',
      glr: 2e-4,
      warmup: 5000,
      weightDecay: 0,
      clipGradNorm: null,
      gBeta2: 0.98,
      emaMu: 0.995,
    },
    totalKimg: 25_600,
  },
  small: {
    about: 'some thousand images on a CPU',
    options: { batch: 64, emaHalfLifeKimg: 2, emaRampUpRatio: 0.5, glr: 1e-3 },
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: { batch: 256, initSigma: 1, emaRampUpRatio: 0.5, glr: 3e-3, weightDecay: 0 },
  },
} satisfies Record<string, MethodPreset<KdOptions>>;

/** KD (Luhman & Luhman 2021): the student learns pairs of noise and the image that the teacher made of it. */
export const kd = defineMethod({
  name: 'kd',
  title: 'KD',
  paper: 'knowledge distillation, Luhman & Luhman 2021',
  about: 'The student learns, for each noise, the image that the teacher made of it in many steps.',
  options: KD_OPTIONS,
  presets: PRESETS,
  needs: ['pairs'],
  trains: { networks: 2, trained: 1, activations: 0.8, passes: 3 },
  shown: { 'G_Loss/loss': 'loss', Pair_error: 'error' },
  progress: {
    statistic: 'Pair_error',
    name: 'Pair error',
    about: 'Root mean square of the student’s image minus the teacher’s, for the same noise.',
  },
  tag: ({ glr, loss, initSigma, batch }, precision) =>
    `glr${glr}-${typeof loss === 'function' ? loss.name || 'loss' : loss}-initsigma${initSigma}-batch${batch}-${precision}`,
  ignores: { dropout: 'the student learns without dropout', augment: 'there is no fake score network' },
  noGuidance: 'It learns pairs, whose images are guided where they were made so: onestep edm pairs --guidance 2.',
  create: (args) => new KdDistillation(args),
});
