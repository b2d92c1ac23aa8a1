import { checkSteps, EDM_SAMPLER_DEFAULTS as DEFAULTS } from './sampler-options.js';

/** Settings of the noise schedule of Eq. (5), Karras et al. 2022. */
export interface KarrasScheduleOptions {
  /** Lowest noise level (0.002). */
  sigmaMin?: number;
  /** Highest noise level (80). */
  sigmaMax?: number;
  /** Curvature (7): larger values put more steps at low noise. */
  rho?: number;
}

/**
 * sigma(u) = (sigma_max^(1/rho) + u (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho, Eq. (5), Karras et al. 2022, with a
 * continuous position in place of i / (N - 1). {@link karrasSigmaAt} runs the other way.
 *
 * @param u position: 0 at sigma_max, 1 at sigma_min
 */
export function karrasSigma(u: number, options: KarrasScheduleOptions = {}): number {
  const { sigmaMin = DEFAULTS.sigmaMin, sigmaMax = DEFAULTS.sigmaMax, rho = DEFAULTS.rho } = options;
  const high = sigmaMax ** (1 / rho);
  const low = sigmaMin ** (1 / rho);
  return (high + u * (low - high)) ** rho;
}

/**
 * The noise level at time t of the schedule of Eq. (5), Karras et al. 2022, with time running from low to high noise.
 *
 * @param t time: 0 at sigma_min, 1 at sigma_max
 */
export function karrasSigmaAt(t: number, options: KarrasScheduleOptions = {}): number {
  return karrasSigma(1 - t, options);
}

/**
 * The `steps` noise levels of Eq. (5), Karras et al. 2022, falling from sigma_max to sigma_min, without the final 0.
 * A single step, for which the formula is 0/0, starts at sigma_max.
 *
 * @throws RangeError if `steps` is not a positive integer, or `rho` is not positive
 */
export function karrasSchedule(steps: number, options: KarrasScheduleOptions = {}): number[] {
  checkSteps(steps);
  const { sigmaMax = DEFAULTS.sigmaMax, rho = DEFAULTS.rho } = options;
  if (!(rho > 0)) throw new RangeError(`rho must be positive, not ${rho}.`);
  if (steps === 1) return [sigmaMax];
  return Array.from({ length: steps }, (_, i) => karrasSigma(i / (steps - 1), options));
}
