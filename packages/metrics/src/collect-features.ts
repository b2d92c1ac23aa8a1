import type { CollectedFeatures } from './catalogue/metric.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { FeatureStatistics } from './feature-statistics.js';

/** Shows all images to an extractor. Memory does not grow with their number, unless features are kept, but by class probabilities. */
export async function collectFeatures(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  { keepFeatures, onProgress }: { keepFeatures: boolean; onProgress?: (numImages: number) => void },
): Promise<CollectedFeatures> {
  const { featureDim, numClasses } = extractor;
  const statistics = new FeatureStatistics(featureDim);
  const kept: { features: Float32Array[]; probabilities: Float32Array[] } = { features: [], probabilities: [] };
  for await (const batch of images) {
    const { features, probabilities } = await extractor.extract(batch.images, batch.count);
    statistics.add(features, batch.count);
    kept.probabilities.push(probabilities);
    if (keepFeatures) kept.features.push(features);
    onProgress?.(statistics.count);
  }
  const probabilities = joined(kept.probabilities, statistics.count * numClasses);
  const features = keepFeatures ? joined(kept.features, statistics.count * featureDim) : null;
  return { statistics, probabilities, numClasses, features };
}

function joined(pieces: readonly Float32Array[], length: number): Float32Array {
  const all = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
