import { DISTILLATION_DEFAULTS, distillationOptions, requireOption } from './distillation-options.js';
import type { DistillationOptions } from './distillation-options.js';

/** Settings of methods that train a score network of the generator's images beside the generator. */
export interface ScoreDistillationOptions extends DistillationOptions {
  /** Noise level at which the student is evaluated, where it is a copy of the teacher. */
  initSigma: number;
  /** Learning rate of the score network. */
  lr: number;
  /** Learning rate of the generator. */
  glr: number;
  /** Adam's beta1 of the generator; that of the score network is 0. */
  gBeta1: number;
}

/** What the published methods have in common. */
export const SCORE_DISTILLATION_DEFAULTS = { ...DISTILLATION_DEFAULTS, lr: 1e-5, glr: 1e-5, gBeta1: 0 };

/** Fills in a method's defaults. @throws RangeError naming an option that cannot be */
export function scoreDistillationOptions<T extends ScoreDistillationOptions>(defaults: T, given: Partial<T>): T {
  const options = distillationOptions(defaults, given);
  const { initSigma, lr, glr, gBeta1 } = options;
  requireOption(initSigma > 0, `init_sigma must be positive, not ${initSigma}.`);
  requireOption(lr > 0, `lr must be positive, not ${lr}.`);
  requireOption(glr > 0, `glr must be positive, not ${glr}.`);
  requireOption(gBeta1 >= 0 && gBeta1 < 1, `g_beta1 must be at least 0 and below 1, not ${gBeta1}.`);
  return options;
}
