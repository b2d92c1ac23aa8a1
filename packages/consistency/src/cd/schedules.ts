import type { Progress } from '../training/student-step.js';

/** How the decay of the target changes: by its name in the published script. */
export const TARGET_EMA_MODES = { fixed: null, adaptive: null } as const;

/** How the number of noise levels changes: by its name in the published script. */
export const SCALE_MODES = { fixed: null, progressive: null } as const;

/** The schedules of N and mu. */
export interface ScheduleOptions {
  targetEmaMode: keyof typeof TARGET_EMA_MODES;
  /** mu_0 */
  startEma: number;
  scaleMode: keyof typeof SCALE_MODES;
  /** s_0 */
  startScales: number;
  /** s_1 */
  endScales: number;
  /** K */
  totalTrainingSteps: number;
}

/**
 * The number of noise levels in iteration k: N(k) = ceil(sqrt(k / K ((s_1 + 1)^2 - s_0^2) + s_0^2) - 1) + 1, Appendix C of Song
 * et al. 2023, or s_0.
 */
export function scalesAt({ iteration: k }: Pick<Progress, 'iteration'>, options: ScheduleOptions): number {
  return options.scaleMode === 'fixed' ? options.startScales : intervalsAt(k, options) + 1;
}

/**
 * The decay of the target in iteration k: mu(k) = exp(s_0 ln mu_0 / N(k)), Appendix C of Song et al. 2023, or mu_0. As in the
 * published script, N(k) is the number of intervals here, which is one less than that of the noise levels.
 */
export function targetEmaAt({ iteration: k }: Pick<Progress, 'iteration'>, options: ScheduleOptions): number {
  const { targetEmaMode, startEma, startScales } = options;
  return targetEmaMode === 'fixed' ? startEma : startEma ** (startScales / intervalsAt(k, options));
}

/** The number of intervals between noise levels where it grows with the iterations. */
function intervalsAt(k: number, { startScales: s0, endScales: s1, totalTrainingSteps }: ScheduleOptions): number {
  const share = Math.min(k / totalTrainingSteps, 1);
  return Math.max(Math.ceil(Math.sqrt(share * ((s1 + 1) ** 2 - s0 ** 2) + s0 ** 2) - 1), 1);
}
