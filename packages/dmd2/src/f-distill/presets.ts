import type { MethodPreset } from '@onestep/diffusion-core';
import { DMD2_PRESETS, FASTGEN_CIFAR10, FASTGEN_IMAGENET64, TOY_WITH_DISCRIMINATOR } from '../presets.js';
import type { FDistillOptions } from './options.js';

const { shareNoise: _, ...CIFAR10 } = FASTGEN_CIFAR10.options;
const { shareNoise: __, ...IMAGENET64 } = FASTGEN_IMAGENET64.options;

/** Short runs: all learn in every iteration, and the labels need no real images. */
const SHORT = { exclusiveTurns: false, fakeLabels: 'prior', fakeWeighting: 'edm' } satisfies Partial<FDistillOptions>;

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
    options: { ...SHORT, ...DMD2_PRESETS.small.options, maps: null, headLr: 1e-3 },
  },
  toy: {
    about: 'two-dimensional points',
    options: { ...SHORT, ...TOY_WITH_DISCRIMINATOR, features: 'fake' },
  },
} satisfies Record<string, MethodPreset<FDistillOptions>>;
