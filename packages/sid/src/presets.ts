import type { SidOptions } from './options.js';

/** A published run. */
export interface SidPreset {
  options: Partial<SidOptions>;
  /** Length of the published run, in thousands of images. */
  totalKimg: number;
  tickKimg: number;
}

/** The runs of Zhou et al. 2024, by their teacher. `batchGpu` is what one of their GPUs worked on at once. */
export const SID_PRESETS: Readonly<Record<string, SidPreset>> = {
  'cifar10-uncond': { options: { batch: 256, batchGpu: 16 }, totalKimg: 500_000, tickKimg: 10 },
  'cifar10-cond': { options: { batch: 256, batchGpu: 16 }, totalKimg: 800_000, tickKimg: 10 },
  'imagenet64-cond': {
    options: { batch: 8192, batchGpu: 16, lr: 4e-6, glr: 4e-6, emaHalflifeKimg: 2000 },
    totalKimg: 1_000_000,
    tickKimg: 20,
  },
  ffhq64: { options: { batch: 512, batchGpu: 32, gBeta1: 0.9 }, totalKimg: 500_000, tickKimg: 10 },
  'afhq64-v2': {
    options: { alpha: 1, batch: 512, batchGpu: 32, lr: 5e-6, glr: 5e-6 },
    totalKimg: 500_000,
    tickKimg: 10,
  },
};
