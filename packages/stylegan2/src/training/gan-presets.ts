import type { BlockArchitecture } from '../settings.js';

/** What a preset decides. */
export interface GanPreset {
  /** Images per iteration. */
  batch: number;
  /** Images at once. */
  batchGpu: number;
  /** Images in a group of the minibatch statistics. */
  mbstdGroupSize: number;
  /** Length of z and of w. */
  latentDim: number;
  channelBase: number;
  channelMax: number;
  /** Layers of the generator's mapping network. */
  mappingLayers: number;
  /** Architecture of the discriminator. */
  discriminator: BlockArchitecture;
  /** Learning rate of both networks. */
  lr: number;
  /** Weight of R1. */
  gamma: number;
  /** Weight of the path-length penalty. */
  plWeight: number;
  styleMixingProb: number;
  /** Half-life of the averaged weights, in thousands of images. */
  emaKimg: number;
  /** Bound of the half-life as a share of the images seen; null for none. */
  emaRampUp: number | null;
  /** Whether discriminators see transformed images where nothing is said about it. */
  aug: 'ada' | 'noaug';
  /** Length of the training, in thousands of images. */
  kimg: number;
}

/** Where a preset is used. */
export interface GanPresetPlace {
  /** Height and width of the images. */
  resolution: number;
  /** Number of processes that share a batch. */
  processes: number;
}

const PUBLISHED = {
  mbstdGroupSize: 4,
  latentDim: 512,
  channelBase: 32_768,
  channelMax: 512,
  mappingLayers: 8,
  discriminator: 'resnet',
  lr: 2.5e-3,
  plWeight: 2,
  styleMixingProb: 0.9,
  emaRampUp: null,
  aug: 'ada',
  kimg: 25_000,
} as const;

/** `auto`: settings that follow from the resolution. */
function auto({ resolution, processes }: GanPresetPlace): GanPreset {
  const batch = Math.max(Math.min(processes * Math.min(Math.floor(4096 / resolution), 32), 64), processes);
  const batchGpu = Math.floor(batch / processes);
  return {
    ...PUBLISHED,
    batch,
    batchGpu,
    mbstdGroupSize: Math.min(batchGpu, 4),
    channelBase: resolution >= 512 ? 32_768 : 16_384,
    mappingLayers: 2,
    lr: resolution >= 1024 ? 2e-3 : 2.5e-3,
    gamma: (2e-4 * resolution ** 2) / batch,
    emaKimg: (batch * 10) / 32,
    emaRampUp: 0.05,
  };
}

/**
 * The presets of the published train.py, which trained for days on eight GPUs, and two of our own.
 *
 * `small` is for images of 32x32 pixels and one machine without a GPU. `tiny` is for tests.
 */
export const GAN_PRESETS = {
  auto,
  stylegan2: () => ({ ...PUBLISHED, batch: 32, batchGpu: 4, lr: 2e-3, gamma: 10, emaKimg: 10 }),
  paper256: () => ({
    ...PUBLISHED,
    ...{ batch: 64, batchGpu: 8, mbstdGroupSize: 8, channelBase: 16_384, gamma: 1, emaKimg: 20 },
  }),
  paper512: () => ({ ...PUBLISHED, batch: 64, batchGpu: 8, mbstdGroupSize: 8, gamma: 0.5, emaKimg: 20 }),
  paper1024: () => ({ ...PUBLISHED, batch: 32, batchGpu: 4, lr: 2e-3, gamma: 2, emaKimg: 10 }),
  cifar: () => ({
    ...PUBLISHED,
    ...{ batch: 64, batchGpu: 32, mbstdGroupSize: 32, mappingLayers: 2, discriminator: 'orig', gamma: 0.01 },
    ...{ plWeight: 0, styleMixingProb: 0, emaKimg: 500, emaRampUp: 0.05, kimg: 100_000 },
  }),
  small: ({ processes }) => ({
    ...PUBLISHED,
    ...{ batch: 32, batchGpu: Math.floor(32 / processes), mbstdGroupSize: 32, latentDim: 128, mappingLayers: 2 },
    ...{
      channelBase: 512,
      channelMax: 128,
      gamma: 0.02,
      plWeight: 0,
      styleMixingProb: 0,
      emaKimg: 10,
      emaRampUp: 0.05,
    },
    ...{ aug: 'noaug', kimg: 1000 },
  }),
  tiny: ({ processes }) => ({
    ...PUBLISHED,
    ...{ batch: 4, batchGpu: Math.floor(4 / processes), mbstdGroupSize: 2, latentDim: 8, mappingLayers: 1 },
    ...{ channelBase: 32, channelMax: 4, gamma: 1, emaKimg: 1, aug: 'noaug', kimg: 1 },
  }),
} satisfies Record<string, (place: GanPresetPlace) => GanPreset>;

/** Names of {@link GAN_PRESETS}. */
export type GanPresetName = keyof typeof GAN_PRESETS;
