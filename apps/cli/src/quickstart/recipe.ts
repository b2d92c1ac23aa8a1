/**
 * Settings of the quickstart's distillation: the published SiD method with learning rates, batch and EMA scaled from
 * hundreds of millions of images on four GPUs to some ten thousand on a laptop CPU.
 */
export const QUICKSTART_RECIPE = {
  kimg: 16,
  batch: 64,
  /** Learning rate of the fake score network. */
  lr: 5e-4,
  /** Learning rate of the generator. */
  glr: 5e-4,
  alpha: 1.2,
  tmax: 800,
  initSigma: 2.5,
  emaHalfLifeKimg: 2,
  /** FID is measured after each of these shares of the run. */
  measureAt: [0.125, 0.25, 0.5, 0.75, 1],
} as const;

/** Generated images behind each FID. */
export const NUM_IMAGES = 2000;
/** The EDM sampler's steps for the teacher: 2 * 18 - 1 = 35 network evaluations, as published for CIFAR-10. */
export const TEACHER_STEPS = 18;
