import { normalCdf } from '../noise/truncated-log-normal.js';

/** The log-normal distribution of noise levels. */
export interface LogNormal {
  /** P_mean */
  pMean: number;
  /** P_std */
  pStd: number;
}

/**
 * The probability of each interval between noise levels: p_i proportional to erf((ln sigma_{i+1} - P_mean) / (sqrt(2) P_std)) -
 * erf((ln sigma_i - P_mean) / (sqrt(2) P_std)), Song & Dhariwal 2023.
 *
 * @param levels noise levels, rising
 * @returns one less than there are levels; they sum to 1
 */
export function intervalShares(levels: readonly number[], { pMean, pStd }: LogNormal): number[] {
  const below = levels.map((sigma) => normalCdf((Math.log(sigma) - pMean) / pStd));
  const total = below.at(-1)! - below[0]!;
  return below.slice(1).map((value, i) => (value - below[i]!) / total);
}

/**
 * The intervals at places of the distribution.
 *
 * @param uniform places in [0, 1)
 * @param shares probabilities of the intervals
 */
export function drawIntervals(uniform: ArrayLike<number>, shares: readonly number[]): Int32Array {
  let sum = 0;
  const ends = shares.map((share) => (sum += share));
  return Int32Array.from(uniform, (u) => {
    const i = ends.findIndex((end) => u < end);
    // The sum of the shares may round to less than 1.
    return i < 0 ? shares.length - 1 : i;
  });
}
