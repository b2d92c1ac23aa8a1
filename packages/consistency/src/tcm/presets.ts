import type { MethodPreset } from '@onestep/diffusion-core';
import type { TcmOptions } from './options.js';

/** The second stage as in FastGen, and short runs of both stages. */
export const TCM_PRESETS = {
  'fastgen-cifar10': {
    about:
      'FastGen’s truncated training on CIFAR-10; give the student of ECT’s preset of the same name with --transfer',
    options: { firstStageKimg: 0, batch: 1024, lr: 5e-5, ratioLimit: 0.999, emaMu: 0.9999 },
    teacher: 'cifar10-uncond',
    dropout: 0.2,
    augment: 0,
    totalKimg: 307_200,
  },
  small: {
    about: 'some thousand images on a CPU: 2 thousand of ECT, then the truncated training',
    options: {
      firstStageKimg: 2,
      batch: 64,
      lr: 1e-3,
      q: 16,
      stageKimg: 100,
      ratioLimit: 0.9375,
      optimizer: 'adam',
      emaHalfLifeKimg: 2,
      emaRampUpRatio: 0.5,
    },
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      firstStageKimg: 50,
      batch: 256,
      initSigma: 2.5,
      tMax: 2.5,
      transition: 0.4,
      truncatedMean: 0,
      lr: 3e-3,
      q: 4,
      stageKimg: 25,
      ratioLimit: 0.9375,
      optimizer: 'adam',
      emaHalfLifeKimg: 30,
      emaRampUpRatio: 0.5,
    },
  },
} satisfies Record<string, MethodPreset<TcmOptions>>;
