import type { MethodPreset } from '@onestep/diffusion-core';
import { SID_PRESETS } from '../presets.js';
import type { SidaOptions } from './sida.js';

type Preset = MethodPreset<SidaOptions>;

const SID_STUDENTS = 'https://huggingface.co/UT-Austin-PML/SiD/resolve/main';

/** The published run of SiDA on a teacher, and that of SiD^2A, which starts from a published student of SiD. */
function published<Name extends string>(
  teacher: Name,
  { about: _, options, ...run }: Preset,
  own: { options: Partial<SidaOptions>; totalKimg: number; metrics: readonly string[]; student: string },
): Record<Name | `${Name}-sid2a`, Preset> {
  const { student, totalKimg, metrics } = own;
  const { gBeta1: _momentum, ...shared } = options;
  const common = { ...run, metrics, stateTicks: 200, options: { ...shared, alpha: 1, ...own.options } };
  return {
    [teacher]: { about: `the published run of SiDA on ${teacher}`, ...common, totalKimg },
    [`${teacher}-sid2a`]: {
      about: `the published run of SiD²A on ${teacher}, from SiD's published student`,
      ...common,
      totalKimg: 100_000,
      transfer: `${SID_STUDENTS}/${student}.pkl`,
    },
  } as Record<Name | `${Name}-sid2a`, Preset>;
}

const CIFAR10 = { options: { batchGpu: 32 }, totalKimg: 300_000 };
const FACES = { options: { batchGpu: 64 }, totalKimg: 200_000, metrics: ['fid50k_full'] };
const SID = SID_PRESETS satisfies Record<string, Preset>;

/** The runs of Zhou et al. 2025, by the published name of their teacher, and short runs of ours. */
export const SIDA_PRESETS = {
  ...published('cifar10-uncond', SID['cifar10-uncond'], {
    ...CIFAR10,
    metrics: ['fid50k_full', 'is50k'],
    student: 'cifar10-uncond/alpha1.2/network-snapshot-1.200000-403968',
  }),
  ...published('cifar10-cond', SID['cifar10-cond'], {
    ...CIFAR10,
    metrics: ['fid50k_full'],
    student: 'cifar10-cond/alpha1.2/network-snapshot-1.200000-713312',
  }),
  ...published('imagenet64-cond', SID['imagenet64-cond'], {
    options: { batchGpu: 32 },
    totalKimg: 300_000,
    metrics: ['fid50k_full'],
    student: 'imagenet64/alpha1.2/network-snapshot-1.200000-939176',
  }),
  ...published('ffhq64', SID.ffhq64, {
    ...FACES,
    student: 'ffhq64/alpha1.2/network-snapshot-1.200000-498176',
  }),
  ...published('afhq64-v2', SID['afhq64-v2'], {
    ...FACES,
    student: 'afhq64/alpha1/network-snapshot-1.000000-371712',
  }),
  small: {
    about: 'some thousand images on a CPU: rates as in the preset of SiD, gates at a 200th of the published ones',
    options: { ...SID.small.options, alpha: 1, studentFromKimg: 0.5, ganFromKimg: 1 },
  },
  toy: {
    about: 'two-dimensional points, at learning rates at which the student is seen to move',
    // The discriminator's loss is a mean, the denoising loss a sum over pixels: with two of them it would prevail in the encoder.
    options: { ...SID.toy.options, studentFromKimg: 1, ganFromKimg: 2, lsd: 0.01, clipGradNorm: 10 },
  },
} satisfies Record<string, Preset>;
