import type { DiffInstructOptions } from '@onestep/diff-instruct';
import { evaluationsOf } from '../measuring/evaluations.js';

/**
 * Settings of the quickstart's distillation: Diff-Instruct, the best of the methods for as few images (`onestep compare`).
 * The published settings are for hundreds of millions of images on several GPUs; here the generator's learning rate is 20
 * times the published one, the score network's 50 times: it has to follow the generator.
 */
export const QUICKSTART_DIFF_INSTRUCT = {
  batch: 64,
  batchGpu: 64,
  lr: 5e-4,
  glr: 2e-4,
  // SiD's, so that all methods start from the same images.
  initSigma: 2.5,
  emaHalflifeKimg: 2,
  // The published 5 % would average over a few dozen steps only in so short a run, and FID would jump up and down.
  emaRampUpRatio: 0.5,
} satisfies Partial<DiffInstructOptions>;

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
