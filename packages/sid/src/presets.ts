import type { MethodPreset } from '@onestep/diffusion-core';
import type { SidOptions } from './sid.js';

/** Ticks with a snapshot besides those that are due by their number: the published runs change fastest at first. */
export const SID_SNAPSHOT_TICKS: readonly number[] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100];

/** A published run. `batchGpu` is what one of four GPUs computed at once. */
function published(
  teacher: string,
  run: Omit<MethodPreset<SidOptions>, 'about' | 'teacher'>,
): MethodPreset<SidOptions> {
  const about = `the published run on ${teacher}`;
  return { about, teacher, metrics: ['fid50k_full', 'is50k'], snapshotTicks: 50, stateTicks: 500, ...run };
}

const CIFAR10 = { options: { batch: 256, batchGpu: 16 }, dropout: 0.13, augment: 0.12, tickKimg: 10 };
const FACES = { dropout: 0.05, augment: 0.15, fp16: true, totalKimg: 500_000, tickKimg: 10 };

/** The runs of Zhou et al. 2024, by the published name of their teacher, and short runs of ours. */
export const SID_PRESETS = {
  'cifar10-uncond': published('cifar10-uncond', { ...CIFAR10, totalKimg: 500_000 }),
  'cifar10-cond': published('cifar10-cond', { ...CIFAR10, totalKimg: 800_000 }),
  'imagenet64-cond': published('imagenet64-cond', {
    options: { batch: 8192, batchGpu: 16, lr: 4e-6, glr: 4e-6, emaHalfLifeKimg: 2000 },
    dropout: 0.1,
    augment: 0,
    fp16: true,
    totalKimg: 1_000_000,
    tickKimg: 20,
  }),
  ffhq64: published('ffhq64', { ...FACES, options: { batch: 512, batchGpu: 32, gBeta1: 0.9 } }),
  'afhq64-v2': published('afhq64-v2', {
    ...FACES,
    options: { alpha: 1, batch: 512, batchGpu: 32, lr: 5e-6, glr: 5e-6 },
  }),
  small: {
    about: 'some thousand images on a CPU: learning rates 50 times the published ones',
    options: { batch: 64, initSigma: 2.5, emaHalfLifeKimg: 2, emaRampUpRatio: 0.5, lr: 5e-4, glr: 5e-4, tmax: 800 },
  },
  toy: {
    // alpha = 0.5 is the exact gradient once the fake score network has converged, and has no spikes at such rates.
    about: 'two-dimensional points, at learning rates at which the student is seen to move',
    options: { batch: 256, initSigma: 1, emaRampUpRatio: 0.5, alpha: 0.5, lr: 1e-2, glr: 3e-3 },
  },
} satisfies Record<string, MethodPreset<SidOptions>>;
