/** How much fresh noise a sampler adds, with the published names and defaults. */
export interface ChurnOptions {
  /** Amount of fresh noise; 0 is the deterministic sampler. */
  sChurn?: number;
  /** Fresh noise is added only at levels from sMin (0) to sMax (infinity). */
  sMin?: number;
  sMax?: number;
  /** Standard deviation of the fresh noise (1). */
  sNoise?: number;
}

export const CHURN_DEFAULTS: Required<ChurnOptions> = { sChurn: 0, sMin: 0, sMax: Infinity, sNoise: 1 };

/** gamma_i of Algorithm 2, Karras et al. 2022: by which share the noise level rises before a step from `sigma`. */
export function churnFactor(sigma: number, steps: number, { sChurn, sMin, sMax }: Required<ChurnOptions>): number {
  return sigma >= sMin && sigma <= sMax ? Math.min(sChurn / steps, Math.SQRT2 - 1) : 0;
}

/** @throws RangeError naming the option */
export function checkChurn({ sChurn, sMin, sMax, sNoise }: Required<ChurnOptions>): void {
  for (const [name, value] of Object.entries({ S_churn: sChurn, S_min: sMin, S_max: sMax, S_noise: sNoise })) {
    if (!(value >= 0)) throw new RangeError(`${name} must be 0 or more, not ${value}.`);
  }
}
