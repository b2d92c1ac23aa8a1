/** The noise schedule of a DDPM: its betas, by a formula or one by one. JSON. */
export interface BetaSchedule {
  /**
   * `linear` from `betaStart` to `betaEnd` (Ho et al. 2020); `scaled-linear`, whose roots are linear (Rombach et al. 2022);
   * `sigmoid` between the two; `cosine` (Nichol & Dhariwal 2021); or `given`.
   */
  kind: 'linear' | 'scaled-linear' | 'sigmoid' | 'cosine' | 'given';
  betaStart: number;
  betaEnd: number;
  /** Number of steps. */
  steps: number;
  /** The betas of the kind `given`; empty otherwise. */
  betas: number[];
  /** Whether alpha-bar is moved and stretched such that the last step has no signal (Lin et al. 2024). */
  zeroTerminalSnr: boolean;
}

/** The schedule of Ho et al. 2020. */
export const LINEAR_SCHEDULE: BetaSchedule = {
  kind: 'linear',
  betaStart: 1e-4,
  betaEnd: 0.02,
  steps: 1000,
  betas: [],
  zeroTerminalSnr: false,
};

/** Upper bound of the betas of the cosine schedule. */
const MAX_BETA = 0.999;
/** The sigmoid's argument goes from minus this number to this number. */
const SIGMOID_RANGE = 6;
/** s of Eq. (17), Nichol & Dhariwal 2021. */
const COSINE_OFFSET = 0.008;

/**
 * Computes alpha-bar_t = product of (1 - beta_i), i <= t. Betas and alphas are rounded to float32 first, as in diffusers: this
 * moves the lowest noise levels by up to 8e-5, relative.
 *
 * @returns float64. Steps without signal, which have no finite noise level, are left out
 * @throws RangeError if a beta is not between 0 and 1
 */
export function computeAlphaBars(schedule: BetaSchedule): Float64Array {
  let product = 1;
  const alphaBars = computeBetas(schedule).map((beta, t) => {
    if (!(beta > 0 && beta <= 1)) throw new RangeError(`beta must be above 0 and at most 1, not ${beta} (step ${t}).`);
    product *= Math.fround(1 - Math.fround(beta));
    return Math.fround(product);
  });
  const values = schedule.zeroTerminalSnr ? removeTerminalSignal(alphaBars) : alphaBars;
  return values.filter((value) => value > 0);
}

function computeBetas({ kind, betaStart, betaEnd, steps, betas }: BetaSchedule): Float64Array {
  const share = (t: number) => (steps === 1 ? 0 : t / (steps - 1));
  switch (kind) {
    case 'given':
      return Float64Array.from(betas);
    case 'linear':
      return Float64Array.from({ length: steps }, (_, t) => betaStart + (betaEnd - betaStart) * share(t));
    case 'scaled-linear': {
      const [first, last] = [Math.sqrt(betaStart), Math.sqrt(betaEnd)];
      return Float64Array.from({ length: steps }, (_, t) => (first + (last - first) * share(t)) ** 2);
    }
    case 'sigmoid': {
      const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
      const rise = (t: number) => sigmoid(SIGMOID_RANGE * (2 * share(t) - 1));
      return Float64Array.from({ length: steps }, (_, t) => betaStart + (betaEnd - betaStart) * rise(t));
    }
    case 'cosine': {
      // Eq. (17), Nichol & Dhariwal 2021.
      const f = (t: number) => Math.cos(((t / steps + COSINE_OFFSET) / (1 + COSINE_OFFSET)) * (Math.PI / 2)) ** 2;
      return Float64Array.from({ length: steps }, (_, t) => Math.min(1 - f(t + 1) / f(t), MAX_BETA));
    }
  }
}

/** Algorithm 1, Lin et al. 2024: sqrt(alpha-bar) ends at 0, and starts where it did. */
function removeTerminalSignal(alphaBars: Float64Array): Float64Array {
  const roots = alphaBars.map(Math.sqrt);
  const [first, last] = [roots[0]!, roots.at(-1)!];
  return roots.map((root) => ((root - last) * (first / (first - last))) ** 2);
}
