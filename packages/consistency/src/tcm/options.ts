import { number, option, type OptionsOf } from '@onestep/diffusion-core';
import { TIME_OPTIONS } from '../ect/options.js';
import { STUDENT_OPTIONS } from '../training/options.js';

/** Options of TCM, with the defaults of FastGen's second stage on CIFAR-10. */
export const TCM_OPTIONS = {
  /** Length of the first stage, in thousands of images: ECT at all times. */
  firstStageKimg: option({
    default: 25_600,
    check: number({ min: 0 }),
    help: 'thousand images of ECT at all times before the truncated training',
    continued: 0,
    flag: { name: 'first-stage', placeholder: 'kimg' },
  }),
  /** t': below it the network of the first stage is kept. */
  transition: option({
    default: 1,
    check: number({ above: 0 }),
    help: 'noise level below which the network of the first stage is kept',
    flag: { placeholder: 'sigma' },
  }),
  /** Share of the images that learn the boundary at t'. */
  boundaryShare: option({
    default: 0.25,
    check: number({ min: 0, below: 1 }),
    help: 'share of the images that learn the first stage’s images at the transition',
    flag: { placeholder: 'share' },
  }),
  /** w_b: weight of their loss. */
  boundaryWeight: option({
    default: 0.1,
    check: number({ min: 0 }),
    help: 'weight of their loss',
    flag: { placeholder: 'weight' },
  }),
  /** Mean of ln t in the second stage. */
  truncatedMean: option({
    default: 0,
    check: number(),
    help: 'center of the logarithm of t in the truncated training',
    flag: { placeholder: 'n' },
  }),
  /** Scale of ln t in the second stage. */
  truncatedStd: option({
    default: 0.2,
    check: number({ above: 0 }),
    help: 'scale of the logarithm of t in the truncated training',
    flag: { placeholder: 'n' },
  }),
  /** Degrees of freedom of ln t in the second stage. */
  truncatedDf: option({
    default: 0.01,
    check: number({ above: 0 }),
    help: "degrees of freedom of Student's t-distribution of that logarithm",
    flag: { placeholder: 'n' },
  }),
  ...TIME_OPTIONS,
  c: { ...TIME_OPTIONS.c, default: 1e-8 },
  stageKimg: { ...TIME_OPTIONS.stageKimg, default: 12_800 },
  ratioLimit: { ...TIME_OPTIONS.ratioLimit, default: 0.999 },
  tMin: { ...TIME_OPTIONS.tMin, default: 0.002 },
  tMax: { ...TIME_OPTIONS.tMax, default: 80 },
  rMin: { ...TIME_OPTIONS.rMin, default: 0.002 },
  ...STUDENT_OPTIONS,
  batch: { ...STUDENT_OPTIONS.batch, default: 1024 },
  lr: { ...STUDENT_OPTIONS.lr, default: 5e-5 },
};

/** Options of TCM. */
export type TcmOptions = OptionsOf<typeof TCM_OPTIONS>;
