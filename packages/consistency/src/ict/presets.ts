import type { MethodPreset } from '@onestep/diffusion-core';
import { POINT_RUN, SHORT_RUN } from '../training/short-runs.js';
import type { IctOptions } from './options.js';

const METRICS = ['fid50k_full'];

/** The runs of Song & Dhariwal 2023, on a teacher's network and from its weights, and short runs of ours. */
export const ICT_PRESETS = {
  'cifar10-uncond': {
    about: 'the published run on CIFAR-10, for the EDM network and from its weights: 400,000 iterations',
    teacher: 'cifar10-uncond',
    options: { batch: 1024, lr: 1e-4, emaMu: 0.99993 },
    dropout: 0.3,
    augment: 0,
    totalKimg: 409_600,
    tickKimg: 100,
    metrics: METRICS,
  },
  'imagenet64-cond': {
    about: 'the published run on ImageNet 64x64, for the EDM network and from its weights: 800,000 iterations',
    teacher: 'imagenet64-cond',
    options: { batch: 4096, lr: 1e-4, totalTrainingSteps: 800_000, emaMu: 0.99997 },
    dropout: 0.2,
    augment: 0,
    fp16: true,
    totalKimg: 3_276_800,
    tickKimg: 100,
    metrics: METRICS,
  },
  small: {
    about:
      'some thousand images on a CPU: a constant number of noise levels, of which the highest are lower and seen more often',
    options: {
      ...SHORT_RUN,
      initSigma: 10,
      startScales: 5,
      endScales: 5,
      pMean: 0,
    },
    dropout: 0,
    augment: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      ...POINT_RUN,
      startScales: 8,
      endScales: 8,
    },
  },
} satisfies Record<string, MethodPreset<IctOptions>>;
