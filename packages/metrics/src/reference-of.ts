import { collectFeatures } from './collect-features.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import type { CollectedFeatures } from './catalogue/metric.js';
import type { ReferenceStatistics } from './reference.js';

/** Makes the reference of a data set, covariances divided by N-1. @param name of the data set, for reports */
export async function referenceOf(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  name: string,
  onProgress?: (numImages: number) => void,
): Promise<ReferenceStatistics> {
  const spatial = extractor.spatialDim !== undefined;
  const collected = await collectFeatures(extractor, images, { spatial, onProgress });
  return toReference(collected, { name, detector: extractor.name, divisor: 'n-1' });
}

/** Statistics of what was collected, as a reference. */
export function toReference(
  { statistics, spatial }: CollectedFeatures,
  { name, detector, divisor }: { name: string; detector: string; divisor: 'n' | 'n-1' },
): ReferenceStatistics {
  const about = { name, detector, numImages: statistics.count };
  const moments = statistics.moments({ divisor });
  // Spatial statistics have one published convention.
  return spatial === null ? { ...about, ...moments } : { ...about, ...moments, spatial: spatial.moments() };
}
