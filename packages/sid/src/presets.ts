import type { SidOptions } from './options.js';

/** A published run. */
export interface SidPreset {
  /** `batchGpu` is what one of four GPUs worked on at once. */
  options: Partial<SidOptions>;
  /** Dropout rate of the student and the fake score network. */
  dropout: number;
  /** Probability of each augmentation of the images that the fake score network learns. */
  augment: number;
  /** Length of the run, in thousands of images. */
  totalKimg: number;
  tickKimg: number;
}

/** Ticks with a snapshot beside those that are due by their number: the published runs change fastest at first. */
export const SID_SNAPSHOT_TICKS: readonly number[] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

const CIFAR10 = { options: { batch: 256, batchGpu: 16 }, dropout: 0.13, augment: 0.12, tickKimg: 10 };
const FACES = { dropout: 0.05, augment: 0.15, totalKimg: 500_000, tickKimg: 10 };

/** The runs of Zhou et al. 2024, by the published name of their teacher. */
export const SID_PRESETS: Readonly<Record<string, SidPreset>> = {
  'cifar10-uncond': { ...CIFAR10, totalKimg: 500_000 },
  'cifar10-cond': { ...CIFAR10, totalKimg: 800_000 },
  'imagenet64-cond': {
    options: { batch: 8192, batchGpu: 16, lr: 4e-6, glr: 4e-6, emaHalflifeKimg: 2000 },
    ...{ dropout: 0.1, augment: 0, totalKimg: 1_000_000, tickKimg: 20 },
  },
  ffhq64: { options: { batch: 512, batchGpu: 32, gBeta1: 0.9 }, ...FACES },
  'afhq64-v2': { options: { alpha: 1, batch: 512, batchGpu: 32, lr: 5e-6, glr: 5e-6 }, ...FACES },
};
