import type { NoiseSchedule } from './noise-schedules.js';

/** s(t): "Scaling" of Table 1, Karras et al. 2022. The path runs in x = s(t) (y + sigma(t) n). */
export interface Scaling {
  s(t: number): number;
  /** The derivative of s(t). */
  sDot(t: number): number;
}

/** The columns of Table 1, Karras et al. 2022, by name. */
export const SCALINGS = {
  // s(t) = 1 / sqrt(1 + sigma(t)^2), which is Table 1's 1 / sqrt(exp(beta_d t^2 / 2 + beta_min t)) under the vp schedule
  vp: ({ sigma, sigmaDot }) => {
    const s = (t: number) => 1 / Math.sqrt(1 + sigma(t) ** 2);
    return { s, sDot: (t) => -sigma(t) * sigmaDot(t) * s(t) ** 3 };
  },
  none: () => ({ s: () => 1, sDot: () => 0 }),
} as const satisfies Record<string, (schedule: NoiseSchedule) => Scaling>;
