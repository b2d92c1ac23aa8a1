import { toFloat32, type HostTensor } from '@onestep/checkpoint';
import { FeatureStatistics } from '../../feature-statistics.js';
import type { GaussianMoments } from '../../frechet-distance.js';

/** Vectors added at a time. */
const ROWS = 1000;

/**
 * Moments of arrays `mu` [d] and `sigma` [d, d].
 *
 * @returns null if they are missing, or have other shapes
 */
export function momentsOf(mu: HostTensor | undefined, sigma: HostTensor | undefined): GaussianMoments | null {
  const dim = mu?.shape[0];
  if (mu?.shape.length !== 1 || sigma?.shape.join() !== [dim, dim].join()) return null;
  return { mean: numbersOf(mu), covariance: numbersOf(sigma) };
}

/** Moments of features, [N, D], with the covariance divided by N - 1. @throws if one is NaN or infinite, or N is below 2 */
export function momentsOfFeatures(features: Float32Array, dim: number): GaussianMoments & { count: number } {
  const statistics = new FeatureStatistics(dim);
  const step = ROWS * dim;
  for (let start = 0; start < features.length; start += step) {
    const rows = features.subarray(start, start + step);
    statistics.add(rows, rows.length / dim);
  }
  return { ...statistics.moments(), count: statistics.count };
}

/** The numbers of an array, whatever their type. */
export function numbersOf(array: HostTensor): Float64Array {
  const { data, dtype } = array;
  if (data instanceof Float64Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  return new Float64Array(dtype === 'F16' || dtype === 'BF16' ? toFloat32(array) : data);
}
