import { checkSteps } from './sampler-options.js';

/** Noise levels of a time-step discretization. */
export interface KarrasScheduleOptions {
  sigmaMin?: number;
  sigmaMax?: number;
  /** Curvature: larger values put more steps at low noise. */
  rho?: number;
}

/**
 * sigma(u) = (sigma_max^(1/rho) + u (sigma_min^(1/rho) - sigma_max^(1/rho)))^rho, Eq. (5), Karras et al. 2022, with a
 * continuous position in place of i / (N - 1).
 *
 * @param u position: 0 at sigma_max, 1 at sigma_min
 */
export function karrasSigma(u: number, options: KarrasScheduleOptions = {}): number {
  const { sigmaMin = 0.002, sigmaMax = 80, rho = 7 } = options;
  const high = sigmaMax ** (1 / rho);
  const low = sigmaMin ** (1 / rho);
  return (high + u * (low - high)) ** rho;
}

/**
 * The `steps` noise levels of Eq. (5), Karras et al. 2022, falling from sigma_max to sigma_min; the final 0 is not
 * among them. One step, for which the formula is 0/0, starts at sigma_max.
 *
 * @throws RangeError if `steps` or `rho` is not positive
 */
export function karrasSchedule(steps: number, options: KarrasScheduleOptions = {}): number[] {
  checkSteps(steps);
  const { sigmaMax = 80, rho = 7 } = options;
  if (!(rho > 0)) throw new RangeError(`rho must be positive, not ${rho}.`);
  if (steps === 1) return [sigmaMax];
  return Array.from({ length: steps }, (_, i) => karrasSigma(i / (steps - 1), options));
}
