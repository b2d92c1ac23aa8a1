import type { MethodPreset } from '@onestep/diffusion-core';
import { POINT_RUN, SHORT_RUN } from '../training/short-runs.js';
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
      ...SHORT_RUN,
      firstStageKimg: 2,
      q: 16,
      stageKimg: 100,
      ratioLimit: 0.9375,
    },
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      ...POINT_RUN,
      firstStageKimg: 50,
      tMax: 2.5,
      transition: 0.4,
      truncatedMean: 0,
      q: 4,
      stageKimg: 25,
      ratioLimit: 0.9375,
      emaHalfLifeKimg: 30,
    },
  },
} satisfies Record<string, MethodPreset<TcmOptions>>;
