import type { MethodPreset } from '@onestep/diffusion-core';
import { DMD2_PRESETS, FASTGEN_CIFAR10, FASTGEN_IMAGENET64 } from '../presets.js';
import type { FDistillOptions } from './options.js';

const { shareNoise: _, ...CIFAR10 } = FASTGEN_CIFAR10.options;
const { shareNoise: __, ...IMAGENET64 } = FASTGEN_IMAGENET64.options;

/** The published runs of Xu et al. 2025, as FastGen has them, and short runs of ours. */
export const F_DISTILL_PRESETS = {
  'cifar10-cond': {
    about: 'the published run on cifar10-cond',
    ...FASTGEN_CIFAR10,
    options: { ...CIFAR10, fDiv: 'kl', ratioEmaRate: 0 },
  },
  'imagenet64-cond': {
    about: 'the published run on imagenet64-cond',
    ...FASTGEN_IMAGENET64,
    options: { ...IMAGENET64, fDiv: 'js', ratioEmaRate: 0.5 },
  },
  small: {
    about: 'some thousand images on a CPU',
    options: {
      ...DMD2_PRESETS.small.options,
      gan: 3e-3,
      maps: 3,
      headLr: 1e-3,
      exclusiveTurns: false,
      fakeLabels: 'prior',
      fakeWeighting: 'edm',
    },
  },
  toy: {
    about: 'two-dimensional points',
    options: { ...DMD2_PRESETS['toy-gan'].options, features: 'fake' },
  },
} satisfies Record<string, MethodPreset<FDistillOptions>>;
