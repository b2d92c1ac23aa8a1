import type { MethodPreset } from '@onestep/diffusion-core';
import type { Dmd2Options } from './options.js';

/** The form of DMD2 in FastGen (NVIDIA), in which the discriminator reads the frozen teacher. */
export const FASTGEN_FORM = {
  gan: 1e-3,
  clsLossWeight: 1,
  features: 'teacher',
  shareNoise: true,
  minStep: 2,
  maxStep: 998,
  fakeMinStep: 2,
  fakeMaxStep: 998,
  epsilon: 1e-6,
  fakeWeighting: 'none',
  exclusiveTurns: true,
  fakeLabels: 'real',
  warmupStep: 0,
  clipFake: false,
} satisfies Partial<Dmd2Options>;

const METRICS = ['fid50k_full'];

/** FastGen's run on CIFAR-10: 100,000 iterations. */
export const FASTGEN_CIFAR10 = {
  teacher: 'cifar10-cond',
  options: { ...FASTGEN_FORM, maps: 3, batch: 2048, lr: 1e-4, glr: 1e-4, emaMu: 0.9999 },
  totalKimg: 204_800,
  tickKimg: 100,
  dropout: 0,
  augment: 0,
  metrics: METRICS,
} satisfies Omit<MethodPreset<Dmd2Options>, 'about'>;

/** FastGen's run on ImageNet: 600,000 iterations. */
export const FASTGEN_IMAGENET64 = {
  teacher: 'imagenet64-cond',
  options: { ...FASTGEN_FORM, gan: 3e-3, maps: 1, batch: 512, lr: 2e-6, glr: 2e-6, emaMu: 0.9999 },
  totalKimg: 307_200,
  tickKimg: 100,
  dropout: 0,
  augment: 0,
  fp16: true,
  metrics: METRICS,
} satisfies Omit<MethodPreset<Dmd2Options>, 'about'>;

/** A run of the official code on ImageNet, on seven GPUs of 40 images. */
function official(about: string, iterations: number, options: Partial<Dmd2Options>): MethodPreset<Dmd2Options> {
  return {
    about: `the published run on imagenet64-cond ${about}`,
    teacher: 'imagenet64-cond',
    options: { batch: 280, batchGpu: 40, classProbabilities: 'uniform', ...options },
    totalKimg: (iterations * 280) / 1000,
    tickKimg: 100,
    dropout: 0,
    augment: 0,
    fp16: true,
    metrics: METRICS,
  };
}

/** The part of the table where small pictures and points differ: noise levels from 0.017 to 5.8. */
const MIDDLE_LEVELS = { minStep: 100, maxStep: 600, fakeMinStep: 100, fakeMaxStep: 600 } satisfies Partial<Dmd2Options>;

/** A run in which every update counts: the student learns in every iteration, at full rates from the first on, without momentum. */
const SHORT = {
  dfakeGenUpdateRatio: 1,
  warmupStep: 0,
  beta1: 0,
  gBeta1: 0,
  ...MIDDLE_LEVELS,
} satisfies Partial<Dmd2Options>;

const TOY = {
  ...SHORT,
  batch: 256,
  initSigma: 1,
  lr: 1e-2,
  glr: 1e-3,
  emaHalfLifeKimg: 500,
  emaRampUpRatio: 0.5,
} satisfies Partial<Dmd2Options>;

/** Points with a discriminator, whose terms are as large as the scores'. */
export const TOY_WITH_DISCRIMINATOR = { ...TOY, gan: 3e-2, clsLossWeight: 0.1 } satisfies Partial<Dmd2Options>;

/** The published runs of Yin et al. 2024 and of FastGen, and short runs of ours. */
export const DMD2_PRESETS = {
  'imagenet64-cond': official('with a discriminator', 200_000, {}),
  'imagenet64-cond-data-free': official('without a discriminator', 410_000, { gan: 0 }),
  'imagenet64-cond-fine': official('with a discriminator, from the student of the one without', 140_000, {
    lr: 5e-7,
    glr: 5e-7,
  }),
  'fastgen-cifar10-cond': { about: "FastGen's run on cifar10-cond", ...FASTGEN_CIFAR10 },
  'fastgen-imagenet64-cond': { about: "FastGen's run on imagenet64-cond", ...FASTGEN_IMAGENET64 },
  small: {
    about: 'some thousand images on a CPU',
    options: { ...SHORT, batch: 64, initSigma: 2.5, lr: 5e-4, glr: 2e-4, emaHalfLifeKimg: 10, emaRampUpRatio: 0.5 },
  },
  toy: { about: 'two-dimensional points, without a discriminator', options: { ...TOY, gan: 0 } },
  'toy-gan': { about: 'two-dimensional points, with a discriminator', options: TOY_WITH_DISCRIMINATOR },
} satisfies Record<string, MethodPreset<Dmd2Options>>;
