import type { SidOptions } from '@onestep/sid';
import { evaluationsOf } from '../measuring/evaluations.js';

/**
 * Settings of the quickstart's distillation: the published SiD method with learning rates, batch and EMA scaled from
 * hundreds of millions of images on four GPUs to some thousand on a laptop CPU.
 */
export const QUICKSTART_SID: Partial<SidOptions> = {
  batch: 64,
  batchGpu: 64,
  lr: 5e-4,
  glr: 5e-4,
  alpha: 1,
  tmax: 800,
  initSigma: 2.5,
  emaHalflifeKimg: 2,
  // The published 5 % would average over a few dozen steps only in so short a run, and FID would jump up and down.
  emaRampUpRatio: 0.5,
};

/** Length of the distillation, thousand generated images. */
export const QUICKSTART_KIMG = 8;
/** FID is measured this many times, evenly over the run. */
export const MEASUREMENTS = 5;
/** Generated images behind each FID. */
export const NUM_IMAGES = 2000;
/** The EDM sampler's steps for the teacher: 2 * 18 - 1 = 35 network evaluations, as published for CIFAR-10. */
export const TEACHER_STEPS = 18;
/** Images of each class and origin in the grid. */
export const GRID_COLUMNS = 4;
/** Network evaluations of the teacher for an image. */
export const TEACHER_EVALUATIONS = evaluationsOf(TEACHER_STEPS);
