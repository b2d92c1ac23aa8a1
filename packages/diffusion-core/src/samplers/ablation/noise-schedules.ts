import { vpSigma, vpTime, type VpSchedule } from '../../noise/vp-schedule.js';

/** sigma(t): "Schedule" of Table 1, Karras et al. 2022. */
export interface NoiseSchedule {
  sigma(t: number): number;
  /** The derivative of sigma(t). */
  sigmaDot(t: number): number;
  /** The time t with sigma(t) = `sigma`. */
  time(sigma: number): number;
}

/** The columns of Table 1, Karras et al. 2022, by name. The beta of `vp` is fitted to the sampling path. */
export const NOISE_SCHEDULES = {
  // sigma(t) = sqrt(exp(beta_d t^2 / 2 + beta_min t) - 1)
  vp: (vp) => ({
    sigma: (t) => vpSigma(t, vp),
    sigmaDot(t) {
      const sigma = vpSigma(t, vp);
      return 0.5 * (vp.betaMin + vp.betaD * t) * (sigma + 1 / sigma);
    },
    time: (sigma) => vpTime(sigma, vp),
  }),
  // sigma(t) = sqrt(t)
  ve: () => ({
    sigma: (t) => Math.sqrt(t),
    sigmaDot: (t) => 0.5 / Math.sqrt(t),
    time: (sigma) => sigma ** 2,
  }),
  // sigma(t) = t
  linear: () => ({ sigma: (t) => t, sigmaDot: () => 1, time: (sigma) => sigma }),
} as const satisfies Record<string, (vp: VpSchedule) => NoiseSchedule>;
