import { collectFeatures } from './collect-features.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { frechetDistance } from './frechet-distance.js';
import { inceptionScore } from './inception-score.js';
import { assertMadeWith, describeReference, type ReferenceStatistics } from './reference.js';

/** The result of {@link evaluateImages}, with all that says what the numbers mean. */
export interface Evaluation {
  /** Fréchet distance of the features to those of the reference; lower is better. */
  fid: number;
  /** Inception Score; higher is better. */
  isMean: number;
  isStd: number;
  numImages: number;
  /** Name of the extractor. */
  detector: string;
  /** Name of the reference and the number of its images. */
  reference: string;
}

/**
 * Measures images against a reference.
 *
 * @param images pixels 0 to 255 of the extractor's size, in batches
 * @param onProgress called after each batch with the number of images seen
 * @throws if the reference was made with another extractor, or there are too few images
 */
export async function evaluateImages(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  reference: ReferenceStatistics,
  onProgress?: (numImages: number) => void,
): Promise<Evaluation> {
  assertMadeWith(reference, extractor.name);
  const { statistics, probabilities } = await collectFeatures(extractor, images, {
    keep: ['probabilities'],
    onProgress,
  });
  const score = inceptionScore(probabilities!, statistics.count, extractor.numClasses);
  return {
    fid: frechetDistance(statistics.moments(), reference),
    isMean: score.mean,
    isStd: score.std,
    numImages: statistics.count,
    detector: extractor.name,
    reference: describeReference(reference),
  };
}
