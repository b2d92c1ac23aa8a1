import { Rng } from '@onestep/random';
import { GaussianMixtureDenoiser } from '../teachers/gaussian-mixture-denoiser.js';
import { EIGHT_GAUSSIANS } from './mixture.js';

const { means, std } = EIGHT_GAUSSIANS;

/** The exact denoiser of {@link EIGHT_GAUSSIANS}: a teacher without error. */
export function eightGaussians(): GaussianMixtureDenoiser {
  return new GaussianMixtureDenoiser({ imgResolution: 1, imgChannels: 2, means, std });
}

/** Draws `n` exact samples, [n, 2]. */
export function exactPoints(n: number, seed: number): Float32Array {
  const rng = new Rng(seed, 'eight-gaussians');
  const modes = rng.integers(n, means.length);
  return rng.normal(2 * n).map((value, i) => means[modes[i >> 1]!]![i & 1]! + std * value);
}

/**
 * The share of points [n, 2] that are nearest to each of the eight means and within four standard deviations of
 * it.
 */
export function modeShares(points: Float32Array): number[] {
  const shares = new Array<number>(means.length).fill(0);
  const n = points.length / 2;
  for (let i = 0; i < n; i++) {
    const distances = means.map(([x, y]) => Math.hypot(points[2 * i]! - x, points[2 * i + 1]! - y));
    const nearest = distances.indexOf(Math.min(...distances));
    if (distances[nearest]! < 4 * std) shares[nearest]! += 1 / n;
  }
  return shares;
}
