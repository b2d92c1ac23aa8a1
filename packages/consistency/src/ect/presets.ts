import type { MethodPreset } from '@onestep/diffusion-core';
import { POINT_RUN, SHORT_RUN } from '../training/short-runs.js';
import type { EctOptions } from './options.js';

/** Where the published run on CIFAR-10 and the hour-long one agree. */
const CIFAR10 = {
  teacher: 'cifar10-uncond',
  dropout: 0.2,
  augment: 0,
  tickKimg: 12.8,
  metrics: ['fid50k_full'],
};

/** FastGen draws t within bounds, and has no boundary above 0. */
const FASTGEN = { tMin: 0.002, tMax: 80, rMin: 0.002, boundary: 0 };

/** The runs of Geng et al. 2024 and of FastGen, and short runs of ours. */
export const ECT_PRESETS = {
  cifar10: {
    about: 'the published run on CIFAR-10 (run_ecm.sh): eight stages of 25,000 steps',
    options: { batch: 128, lr: 1e-4, stageKimg: 3200, emaMu: 0.9999 },
    totalKimg: 25_600,
    ...CIFAR10,
  },
  'cifar10-1hour': {
    about: 'the published run of an hour on one GPU (run_ecm_1hour.sh): one stage with a small gap, 8,000 steps',
    options: { batch: 128, lr: 1e-4, q: 256, stageKimg: 128_000, emaMu: 0.9993 },
    totalKimg: 1024,
    snapshotTicks: 80,
    stateTicks: 80,
    ...CIFAR10,
  },
  'fastgen-cifar10': {
    about: 'FastGen’s run on CIFAR-10',
    options: {
      ...FASTGEN,
      batch: 512,
      c: 1e-8,
      stageKimg: 6400,
      ratioLimit: 0.999,
      emaMu: [0.9999, 0.99995, 0.9996],
    },
    teacher: 'cifar10-uncond',
    dropout: 0.2,
    augment: 0,
    totalKimg: 179_200,
  },
  'fastgen-imagenet64': {
    about: 'FastGen’s settings for ImageNet 64x64 and the ADM teacher, but for half precision',
    options: {
      ...FASTGEN,
      q: 4,
      c: 0.06,
      pMean: -0.8,
      pStd: 1.6,
      stageKimg: 3200,
      ratioLimit: 0.9961,
      weighting: 'c_out_sq',
      optimizer: 'adam',
      lr: 1e-3,
      lrDecaySteps: 2000,
      beta2: 0.99,
      emaRel: [0.01, 0.05, 0.1],
    },
    teacher: 'imagenet64-cond',
    dropout: 0.2,
    augment: 0,
  },
  small: {
    about: 'some thousand images on a CPU: the gap of the hour-long run, at a higher learning rate',
    options: {
      ...SHORT_RUN,
      q: 16,
      stageKimg: 100,
    },
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      ...POINT_RUN,
      tMax: 2.5,
      q: 4,
      stageKimg: 100,
      boundary: 0,
      emaHalfLifeKimg: 30,
    },
  },
} satisfies Record<string, MethodPreset<EctOptions>>;
