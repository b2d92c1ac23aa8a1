import type { MethodPreset } from '@onestep/diffusion-core';
import type { DiffInstructOptions } from './diff-instruct.js';

/** Settings for short runs. The published ones are for hundreds of millions of images on several GPUs. */
// The fake score network has to follow the student. initSigma is SiD's, so that all methods start from the same images.
// The published 5 % would average over a few dozen steps only in so short a run.
const SMALL = { batch: 64, lr: 5e-4, glr: 2e-4, initSigma: 2.5, emaHalfLifeKimg: 2, emaRampUpRatio: 0.5 };

export const DIFF_INSTRUCT_PRESETS = {
  small: {
    about:
      'some thousand images on a CPU: the student learns at 20 times the published rate, the fake score network at 50',
    options: SMALL,
  },
  quickstart: {
    about:
      'a few thousand images: more and larger steps, at higher noise levels than EDM’s, where whole shapes move; FID falls sooner',
    options: { ...SMALL, batch: 16, glr: 3e-4, pMean: 0, emaRampUpRatio: 0.25 },
  },
  gan: {
    about: 'a small GAN in training, refined over some ten thousand images on a CPU',
    // A GAN has other images than the teacher, which the fake score network starts as: it learns alone at first. At the
    // published noise levels the details of single images change most, and FID rises: see the README.
    options: {
      ...{ batch: 32, lr: 3e-4, glr: 1e-3, pMean: 0, pStd: 1.2, fakeScoreFirstKimg: 2 },
      ...{ emaHalfLifeKimg: 3, emaRampUpRatio: 0.5 },
    },
  },
  'gan-fine': {
    about: 'a small GAN that has converged: smaller steps, and more noise',
    options: {
      ...{ batch: 32, lr: 3e-4, glr: 3e-4, pMean: 0.5, pStd: 1.2, fakeScoreFirstKimg: 2 },
      // The average of half of the run so far: the steps swing around a generator that hardly moves.
      ...{ emaHalfLifeKimg: 500, emaRampUpRatio: 0.5 },
    },
  },
  toy: {
    about: 'two-dimensional points, at learning rates at which the student is seen to move',
    options: { batch: 256, initSigma: 1, emaRampUpRatio: 0.5, lr: 1e-2, glr: 2e-3 },
  },
} satisfies Record<string, MethodPreset<DiffInstructOptions>>;
