import type { Denoiser } from '../denoiser.js';

/** How much fresh noise a sampler adds, with the published names and defaults. */
export interface ChurnOptions {
  /** Amount of fresh noise (0); 0 is the deterministic sampler. */
  sChurn?: number;
  /** Lowest noise level at which fresh noise is added (0). */
  sMin?: number;
  /** Highest noise level at which fresh noise is added (infinity). */
  sMax?: number;
  /** Standard deviation of the fresh noise (1). */
  sNoise?: number;
}

/** Settings of the EDM sampler, with the published names and defaults. */
export interface EdmSamplerOptions extends ChurnOptions {
  /** Number of noise levels N (18). N steps take 2N - 1 network evaluations. */
  steps?: number;
  /** Lowest noise level (0.002), raised to the network's. */
  sigmaMin?: number;
  /** Highest noise level (80), lowered to the network's. */
  sigmaMax?: number;
  /** Curvature of the schedule (7). */
  rho?: number;
}

/** The published defaults of the EDM sampler: Karras et al. 2022, Table 1, without fresh noise. */
export const EDM_SAMPLER_DEFAULTS: Readonly<Required<EdmSamplerOptions>> = {
  steps: 18,
  sigmaMin: 0.002,
  sigmaMax: 80,
  rho: 7,
  sChurn: 0,
  sMin: 0,
  sMax: Infinity,
  sNoise: 1,
};

/**
 * Counts the network evaluations that an image takes (NFE): 2N - 1 in N steps, because Heun's method evaluates the
 * network twice in every step but the last, or N with Euler's method.
 */
export function countEvaluations({
  steps = EDM_SAMPLER_DEFAULTS.steps,
  solver = 'heun',
}: { steps?: number; solver?: 'euler' | 'heun' } = {}): number {
  return solver === 'euler' ? steps : 2 * steps - 1;
}

/** @throws RangeError unless `steps` is a positive integer */
export function checkSteps(steps: number): void {
  if (!Number.isInteger(steps) || steps < 1) throw new RangeError(`A sampler takes 1 or more steps, not ${steps}.`);
}

/** @throws RangeError naming an option that is negative or NaN */
export function checkChurn({ sChurn, sMin, sMax, sNoise }: Required<ChurnOptions>): void {
  for (const [name, value] of Object.entries({ S_churn: sChurn, S_min: sMin, S_max: sMax, S_noise: sNoise })) {
    if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${value}.`);
  }
}

/** gamma_i of Algorithm 2, Karras et al. 2022: the relative rise of the noise level before a step from `sigma`. */
export function churnFactor(sigma: number, steps: number, { sChurn, sMin, sMax }: Required<ChurnOptions>): number {
  return sigma >= sMin && sigma <= sMax ? Math.min(sChurn / steps, Math.SQRT2 - 1) : 0;
}

/** The lowest and the highest noise level of a sampling path. */
export interface NoiseRange {
  sigmaMin: number;
  sigmaMax: number;
}

/**
 * Restricts a range of noise levels to those that the network knows.
 *
 * @throws RangeError if the range is empty, or the network knows none of it
 */
export function clampRange({ sigmaMin, sigmaMax }: NoiseRange, denoiser: Denoiser): NoiseRange {
  if (!(sigmaMin > 0 && sigmaMin <= sigmaMax)) {
    throw new RangeError(`The noise levels must be 0 < sigma_min <= sigma_max, not ${sigmaMin} and ${sigmaMax}.`);
  }
  const known = { sigmaMin: Math.max(sigmaMin, denoiser.sigmaMin), sigmaMax: Math.min(sigmaMax, denoiser.sigmaMax) };
  if (known.sigmaMin <= known.sigmaMax) return known;
  throw new RangeError(
    `This network knows the noise levels from ${denoiser.sigmaMin} to ${denoiser.sigmaMax}, ` +
      `none of those from sigma_min ${sigmaMin} to sigma_max ${sigmaMax}.`,
  );
}
