import { DISTANCES, type Distance, type DistanceName } from './distance.js';
import type { Guidance } from './guidance.js';
import type { StepSizeOptions, TimeOptions } from './time.js';

/** Settings of BOOT; see the package's README for the paper's symbols, and for which of the defaults are published. */
export interface BootOptions extends TimeOptions, StepSizeOptions {
  /** Images per step. */
  batch: number;
  /** Images worked on at once; a batch is accumulated from as many rounds as it takes. */
  batchGpu: number;
  /** Order of the bootstrapped step: 1 (DDIM), or 2 (Heun) for another evaluation of the teacher. */
  order: 1 | 2;
  /** Weight of the boundary loss. */
  beta: number;
  /** Largest weight of the bootstrap loss. */
  weightClip: number;
  /** How the student is compared with its targets. */
  distance: DistanceName | Distance;
  /** Scale of classifier-free guidance; null for none. */
  guidance: Guidance | null;
  /** Learning rate. */
  glr: number;
  /** Adam's beta1. */
  gBeta1: number;
  /** Half-life of the averaged weights, in thousands of images. */
  emaHalflifeKimg: number;
  /** The half-life is at most this share of the images seen so far; null for no such bound. */
  emaRampUpRatio: number | null;
  /** Probability of each class; null is uniform. */
  classProbabilities: readonly number[] | null;
  /** Of all random streams. */
  seed: number;
}

/** The defaults, which are ours: the published ones are not known. */
export const BOOT_DEFAULTS: BootOptions = {
  batch: 512,
  batchGpu: 512,
  delta: 0.04,
  deltaEnd: 0.04,
  deltaKimg: 0,
  tMin: 0,
  tMax: 1,
  initSigma: 2.5,
  order: 1,
  beta: 0.1,
  weightClip: 25,
  distance: 'l2',
  guidance: null,
  glr: 1e-4,
  gBeta1: 0.9,
  emaHalflifeKimg: 500,
  emaRampUpRatio: 0.05,
  classProbabilities: null,
  seed: 0,
};

/** Fills in the defaults. @throws RangeError naming an option that cannot be */
export function bootOptions(given: Partial<BootOptions>): BootOptions {
  const options = { ...BOOT_DEFAULTS, ...given };
  options.batchGpu = Math.min(given.batchGpu ?? options.batch, options.batch);
  options.deltaEnd = given.deltaEnd ?? options.delta;
  const { batch, batchGpu, tMin, tMax, delta, deltaEnd, distance, guidance, initSigma, order } = options;
  const require = (condition: boolean, message: string) => {
    if (!condition) throw new RangeError(message);
  };
  const isCount = (value: number) => Number.isInteger(value) && value >= 1;
  require(isCount(batch), `The batch is 1 or more images, not ${batch}.`);
  const divides = isCount(batchGpu) && batch % batchGpu === 0;
  require(divides, `A batch of ${batch} cannot be worked through ${batchGpu} images at a time: choose a divisor of it.`);
  require(tMin >= 0 && tMin < tMax && tMax <= 1, `The times must be 0 <= t_min < t_max <= 1, not ${tMin} and ${tMax}.`);
  const fits = (value: number) => value > 0 && value <= tMax - tMin;
  require(fits(delta), `delta must be above 0 and at most t_max - t_min, not ${delta}.`);
  require(fits(deltaEnd), `delta_end must be above 0 and at most t_max - t_min, not ${deltaEnd}.`);
  require(options.deltaKimg >= 0, `delta_kimg must be at least 0, not ${options.deltaKimg}.`);
  require(order === 1 || order === 2, `The order is 1 or 2, not ${String(order)}.`);
  require(options.beta >= 0, `beta must be at least 0, not ${options.beta}.`);
  require(options.weightClip >= 1, `weight_clip must be at least 1, not ${options.weightClip}.`);
  const known = typeof distance === 'function' || Object.hasOwn(DISTANCES, distance);
  require(known, `There is no distance ${String(distance)}. There are ${Object.keys(DISTANCES).join(', ')}.`);
  require(typeof guidance !== 'object' || guidance === null || guidance[0] < guidance[1], 'A range of guidance goes up.');
  require(initSigma > 0, `init_sigma must be positive, not ${initSigma}.`);
  return options;
}
