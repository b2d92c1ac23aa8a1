import {
  requireOption,
  SCORE_DISTILLATION_DEFAULTS,
  scoreDistillationOptions,
  type ScoreDistillationOptions,
} from '@onestep/diffusion-core';

/** Settings of SiD. Names follow the published training script; see the package's README for the paper's symbols. */
export interface SidOptions extends ScoreDistillationOptions {
  /** Weight of the naive loss that is subtracted; 1.2 is published as best, 1.0 is safer. */
  alpha: number;
  /** Largest time at which scores are compared, in thousandths. */
  tmax: number;
  /** Scale of the fake score network's loss. */
  ls: number;
  /** Scale of the generator's loss. */
  lsg: number;
}

/** The published defaults. */
export const SID_DEFAULTS: SidOptions = {
  ...SCORE_DISTILLATION_DEFAULTS,
  alpha: 1.2,
  tmax: 800,
  initSigma: 2.5,
  ls: 1,
  lsg: 100,
};

/** Fills in the defaults. @throws RangeError naming an option that cannot be */
export function sidOptions(given: Partial<SidOptions>): SidOptions {
  const options = scoreDistillationOptions(SID_DEFAULTS, given);
  const { alpha, tmax } = options;
  requireOption(Number.isFinite(alpha), `alpha must be a number, not ${alpha}.`);
  requireOption(tmax > 0 && tmax <= 1000, `tmax must be above 0 and at most 1000, not ${tmax}.`);
  return options;
}
