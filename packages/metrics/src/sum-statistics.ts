import type { Communicator } from '@onestep/diffusion-core';
import { FeatureStatistics } from './feature-statistics.js';

/**
 * Combines the statistics of several processes.
 *
 * @param own those of this process's vectors
 * @returns those of all vectors, the same bits in all processes
 */
export async function sumStatistics(own: FeatureStatistics, communicator: Communicator): Promise<FeatureStatistics> {
  if (communicator.size === 1) return own;
  const { dim, sum, products, count } = own.state();
  const counts = Float64Array.of(count);
  for (const values of [counts, sum, products]) await communicator.sum(values);
  return FeatureStatistics.from({ dim, count: counts[0]!, sum, products });
}
