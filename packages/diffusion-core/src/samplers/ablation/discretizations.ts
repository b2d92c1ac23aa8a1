import { iddpmLevels, type IddpmSchedule } from '../../noise/iddpm-levels.js';
import { fitVpSchedule, vpSigma, type VpSchedule } from '../../noise/vp-schedule.js';
import { karrasSchedule } from '../karras-schedule.js';
import type { NoiseRange } from '../sampler-options.js';

/** Settings that a discretization depends on. */
export interface DiscretizationSettings extends NoiseRange, IddpmSchedule {
  /** Number of noise levels N. */
  steps: number;
  /** Curvature (edm). */
  rho: number;
  /** The time of the lowest noise level (vp). */
  epsilonS: number;
}

/** The constants of the SDE in which {@link DISCRETIZATIONS.vp} finds its default range. */
const VP: VpSchedule = { betaD: 19.9, betaMin: 0.1 };

/** How the range of noise levels is divided: "Time steps" of Table 1, Karras et al. 2022. */
export interface Discretization {
  /** The default range of noise levels. */
  range(epsilonS: number): NoiseRange;
  /** The noise levels of the N time steps, falling from sigma_max, without the final 0. */
  sigmas(settings: DiscretizationSettings): number[];
}

/** The columns of Table 1, Karras et al. 2022, by name. */
export const DISCRETIZATIONS = {
  vp: {
    range: (epsilonS) => ({ sigmaMin: vpSigma(epsilonS, VP), sigmaMax: vpSigma(1, VP) }),
    // t_i = 1 + i / (N - 1) (epsilon_s - 1)
    sigmas({ steps, sigmaMin, sigmaMax, epsilonS }) {
      const schedule = fitVpSchedule(sigmaMin, sigmaMax, epsilonS);
      return positions(steps).map((u) => vpSigma(1 + u * (epsilonS - 1), schedule));
    },
  },
  ve: {
    range: () => ({ sigmaMin: 0.02, sigmaMax: 100 }),
    // t_i = sigma_max^2 (sigma_min^2 / sigma_max^2)^(i / (N - 1)), of which sigma is the root
    sigmas: ({ steps, sigmaMin, sigmaMax }) => positions(steps).map((u) => sigmaMax * (sigmaMin / sigmaMax) ** u),
  },
  iddpm: {
    range: () => ({ sigmaMin: 0.002, sigmaMax: 81 }),
    // t_i = u_j with j = floor(j_0 + (M - 1 - j_0) / (N - 1) i + 1/2): the levels in the range, evenly by their index
    sigmas({ steps, sigmaMin, sigmaMax, ...schedule }) {
      const levels = iddpmLevels(schedule).filter((u) => u >= sigmaMin && u <= sigmaMax);
      if (levels.length === 0) {
        throw new RangeError(
          `The iddpm discretization has no noise level from ${sigmaMin} to ${sigmaMax}: widen the range.`,
        );
      }
      return positions(steps).map((u) => levels[roundHalfToEven(u * (levels.length - 1))]!);
    },
  },
  edm: {
    range: () => ({ sigmaMin: 0.002, sigmaMax: 80 }),
    // Eq. (5)
    sigmas: ({ steps, ...options }) => karrasSchedule(steps, options),
  },
} as const satisfies Record<string, Discretization>;

/** i / (N - 1) for i = 0, ..., N - 1. A single step, for which that is 0/0, starts at 0. */
function positions(steps: number): number[] {
  return Array.from({ length: steps }, (_, i) => (steps === 1 ? 0 : i / (steps - 1)));
}

/** Rounds as the published samplers do: a tie goes to the even neighbor. */
function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 === 1 ? rounded - 1 : rounded;
}
