import {
  logNormalSigmas,
  requireOption,
  SCORE_DISTILLATION_DEFAULTS,
  scoreDistillationOptions,
  type DrawSigmas,
  type ScoreDistillationOptions,
} from '@onestep/diffusion-core';
import { PUBLISHED_WEIGHT, type IntegralWeight } from './integral-kl-loss.js';

/** Settings of Diff-Instruct. Names follow the published training script. */
export interface DiffInstructOptions extends ScoreDistillationOptions {
  /** Scale of the generator's loss. */
  ls: number;
  /** Scale of the score network's loss. */
  sgls: number;
  /** Both learning rates grow linearly from 0 over this many thousand images; null for no warm-up. */
  lrWarmupKimg: number | null;
  /** Noise levels of the integral, which the score network learns too; the published ones are log-normal, as EDM's. */
  noiseLevels: DrawSigmas;
  /** w(sigma) of the integral; the published one is sigma^2. */
  weight: IntegralWeight;
}

/**
 * The published defaults, but for three that do not train: the published script has init_sigma 1e-3, lr and glr 1e-3
 * unless told otherwise, and its README tells 1 and 1e-5.
 */
export const DIFF_INSTRUCT_DEFAULTS: DiffInstructOptions = {
  ...SCORE_DISTILLATION_DEFAULTS,
  initSigma: 1,
  ls: 1,
  sgls: 1,
  lrWarmupKimg: null,
  noiseLevels: (rng, n) => logNormalSigmas(rng.normal(n)),
  weight: PUBLISHED_WEIGHT,
};

/** Fills in the defaults. @throws RangeError naming an option that cannot be */
export function diffInstructOptions(given: Partial<DiffInstructOptions>): DiffInstructOptions {
  const options = scoreDistillationOptions(DIFF_INSTRUCT_DEFAULTS, given);
  const { lrWarmupKimg } = options;
  requireOption(
    lrWarmupKimg === null || lrWarmupKimg > 0,
    `lr_warmup_kimg must be positive, or null for no warm-up, not ${lrWarmupKimg}.`,
  );
  return options;
}
