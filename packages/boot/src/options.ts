import {
  DISTILLATION_DEFAULTS,
  distillationOptions,
  requireOption,
  type DistillationOptions,
} from '@onestep/diffusion-core';
import { DISTANCES, type Distance, type DistanceName } from './distance.js';
import type { Guidance } from './guidance.js';
import { SOLVERS, type SolverName } from './signal-ode.js';
import type { StepSizeOptions, TimeOptions } from './time.js';

/** Settings of BOOT; see the package's README for the paper's symbols. */
export interface BootOptions extends DistillationOptions, TimeOptions, StepSizeOptions {
  /** How a step is computed: of first order (ddim), or of second order for another evaluation of the teacher. */
  solver: SolverName;
  /** Weight of the boundary loss. */
  beta: number;
  /** Largest weight of the bootstrap loss. */
  weightClip: number;
  /** How the student is compared with its targets. */
  distance: DistanceName | Distance;
  /** Scale of classifier-free guidance; null for none. */
  guidance: Guidance | null;
  /** Learning rate of the generator. */
  glr: number;
  /** Adam's beta1. */
  gBeta1: number;
}

/** The defaults. They are our choice: no published value is known for certain. */
export const BOOT_DEFAULTS: BootOptions = {
  ...DISTILLATION_DEFAULTS,
  delta: 0.05,
  deltaEnd: null,
  deltaKimg: 0,
  tMin: 0,
  tMax: 1,
  initSigma: 2.5,
  solver: 'heun',
  beta: 0.1,
  weightClip: 25,
  distance: 'l2',
  guidance: null,
  glr: 1e-4,
  gBeta1: 0.9,
};

/** Fills in the defaults. @throws RangeError naming an option that cannot be */
export function bootOptions(given: Partial<BootOptions>): BootOptions {
  const options = distillationOptions(BOOT_DEFAULTS, given);
  const { tMin, tMax, delta, deltaEnd, deltaKimg, solver, beta, weightClip, distance, guidance } = options;
  requireOption(
    tMin >= 0 && tMin < tMax && tMax <= 1,
    `The times must be 0 <= t_min < t_max <= 1, not ${tMin} and ${tMax}.`,
  );
  const fits = (value: number) => value > 0 && value <= tMax - tMin;
  requireOption(fits(delta), `delta must be above 0 and at most t_max - t_min, not ${delta}.`);
  requireOption(
    deltaEnd === null || fits(deltaEnd),
    `delta_end must be above 0 and at most t_max - t_min, not ${deltaEnd}.`,
  );
  requireOption(deltaKimg >= 0, `delta_kimg must be at least 0, not ${deltaKimg}.`);
  requireOption(options.initSigma > 0, `init_sigma must be positive, not ${options.initSigma}.`);
  const solvers = Object.keys(SOLVERS);
  requireOption(solvers.includes(solver), `There is no solver ${String(solver)}. There are ${solvers.join(', ')}.`);
  requireOption(beta >= 0, `beta must be at least 0, not ${beta}.`);
  requireOption(weightClip >= 1, `weight_clip must be at least 1, not ${weightClip}.`);
  requireOption(
    typeof distance === 'function' || Object.hasOwn(DISTANCES, distance),
    `There is no distance ${String(distance)}. There are ${Object.keys(DISTANCES).join(', ')}.`,
  );
  requireOption(
    guidance === null || typeof guidance === 'number' || guidance[0] < guidance[1],
    `A range of guidance goes from a smaller to a larger scale, not ${String(guidance)}.`,
  );
  return options;
}
