import type { MethodPreset } from '@onestep/diffusion-core';
import type { CdOptions } from './cd.js';
import { POINT_RUN, SHORT_RUN } from '../training/short-runs.js';
import type { CtOptions } from './ct.js';

const METRICS = ['fid50k_full'];

/** The averages of the weights in the published runs on ImageNet. */
const IMAGENET_EMAS = [0.999, 0.9999, 0.9999432189950708];

/** A published run on CIFAR-10: 800,000 iterations, without a target. */
function cifar10(lossNorm: 'l1' | 'l2' | 'lpips', lr: number): MethodPreset<CdOptions> {
  return {
    about: `the published run on CIFAR-10 with ${lossNorm}, for the EDM network`,
    teacher: 'cifar10-uncond',
    options: { batch: 512, lossNorm, startScales: 18, startEma: 0, lr, emaMu: 0.9999 },
    dropout: 0,
    augment: 0,
    totalKimg: 409_600,
    tickKimg: 100,
    metrics: METRICS,
  };
}

/** A published run on ImageNet: 600,000 iterations. */
function imagenet64(lossNorm: 'l2' | 'lpips'): MethodPreset<CdOptions> {
  return {
    about: `the published run on ImageNet 64x64 with ${lossNorm}`,
    teacher: 'imagenet64-cond',
    options: {
      batch: 2048,
      lossNorm,
      startScales: 40,
      startEma: 0.95,
      lr: 8e-6,
      emaMu: IMAGENET_EMAS,
    },
    dropout: 0,
    augment: 0,
    fp16: true,
    totalKimg: 1_228_800,
    tickKimg: 100,
    metrics: METRICS,
  };
}

/** The runs of Song et al. 2023, and short runs of ours. */
export const CD_PRESETS = {
  'cifar10-uncond': cifar10('lpips', 4e-4),
  'cifar10-uncond-l2': cifar10('l2', 4e-4),
  'cifar10-uncond-l1': cifar10('l1', 2e-4),
  'imagenet64-cond': imagenet64('lpips'),
  'imagenet64-cond-l2': imagenet64('l2'),
  small: {
    about: 'some thousand images on a CPU: few noise levels, so that the images of the lowest reach the highest',
    options: {
      ...SHORT_RUN,
      startScales: 6,
      startEma: 0,
    },
    dropout: 0,
    augment: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      ...POINT_RUN,
      startScales: 8,
      startEma: 0,
    },
  },
} satisfies Record<string, MethodPreset<CdOptions>>;

/** The runs of Song et al. 2023, and short runs of ours. */
export const CT_PRESETS = {
  'cifar10-uncond': {
    about: 'the published run on CIFAR-10, for the EDM network: 800,000 iterations with lpips',
    teacher: 'cifar10-uncond',
    options: { batch: 512, lossNorm: 'lpips', startScales: 2, endScales: 150, startEma: 0.9, lr: 4e-4, emaMu: 0.9999 },
    dropout: 0,
    augment: 0,
    totalKimg: 409_600,
    tickKimg: 100,
    metrics: METRICS,
  },
  'imagenet64-cond': {
    about: 'the published run on ImageNet 64x64: 800,000 iterations with lpips',
    teacher: 'imagenet64-cond',
    options: {
      batch: 2048,
      lossNorm: 'lpips',
      startScales: 2,
      endScales: 200,
      startEma: 0.95,
      lr: 1e-4,
      emaMu: IMAGENET_EMAS,
    },
    dropout: 0,
    augment: 0,
    fp16: true,
    totalKimg: 1_638_400,
    tickKimg: 100,
    metrics: METRICS,
  },
  small: {
    about: 'some thousand images on a CPU: few noise levels, so that the images of the lowest reach the highest',
    options: {
      ...SHORT_RUN,
      targetEmaMode: 'fixed',
      scaleMode: 'fixed',
      startScales: 6,
      startEma: 0,
    },
    dropout: 0,
    augment: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      ...POINT_RUN,
      targetEmaMode: 'fixed',
      scaleMode: 'fixed',
      startScales: 12,
      startEma: 0,
    },
  },
} satisfies Record<string, MethodPreset<CtOptions>>;
