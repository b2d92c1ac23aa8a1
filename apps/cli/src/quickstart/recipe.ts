import type { DiffInstructOptions } from '@onestep/diff-instruct';

/**
 * Settings of Diff-Instruct for some thousand images at batch 64. The published settings are for hundreds of millions of
 * images on several GPUs; here the generator's learning rate is 20 times the published one, and the fake score network's
 * 50 times, because it has to follow the generator.
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
