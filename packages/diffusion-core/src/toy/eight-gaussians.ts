import { Rng } from '@onestep/nn';
import { GaussianMixtureDenoiser } from '../teachers/gaussian-mixture-denoiser.js';

/** Eight Gaussians on a circle in the plane, as images of one pixel with two channels. */
export const EIGHT_GAUSSIANS = {
  means: Array.from({ length: 8 }, (_, k) => {
    const angle = (2 * Math.PI * k) / 8;
    return [0.7 * Math.cos(angle), 0.7 * Math.sin(angle)] as const;
  }),
  std: 0.1,
} as const;

const { means, std } = EIGHT_GAUSSIANS;

/** Their exact denoiser: a teacher without error. */
export function eightGaussians(): GaussianMixtureDenoiser {
  return new GaussianMixtureDenoiser({ imgResolution: 1, imgChannels: 2, means, std });
}

/** Exact samples, [n, 2]. */
export function exactPoints(n: number, seed: number): Float32Array {
  const rng = new Rng(seed, 'eight-gaussians');
  const modes = rng.integers(n, means.length);
  return rng.normal(2 * n).map((value, i) => means[modes[i >> 1]!]![i & 1]! + std * value);
}

/** The share of points, [n, 2], that are nearest to each of the eight, and within four standard deviations of it. */
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
