import { collectFeatures } from './collect-features.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { frechetDistance } from './frechet-distance.js';
import { inceptionScore } from './inception-score.js';
import { assertMadeWith, describeReference, type ReferenceStatistics } from './reference.js';

/** The result of {@link evaluateImages}, with the detector, the reference and the number of images it depends on. */
export interface Evaluation {
  /** Fréchet distance to the reference, covariance divided by N - 1; lower is better. */
  fid: number;
  /** Mean of the Inception Score over ten parts; higher is better. */
  isMean: number;
  /** Population standard deviation of the Inception Score over the parts. */
  isStd: number;
  /** Number of images measured. */
  numImages: number;
  /** Name of the extractor. */
  detector: string;
  /** Name of the reference and the number of its images. */
  reference: string;
}

/**
 * Computes the FID and the Inception Score of images.
 *
 * @param images uint8 pixels of the extractor's size, in batches of any size
 * @param reference statistics of the real images, made with the same extractor
 * @param onProgress called after each batch with the number of images seen
 * @throws if the reference was made with another extractor, or there are fewer than 10 images
 */
export async function evaluateImages(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  reference: ReferenceStatistics,
  onProgress?: (numImages: number) => void,
): Promise<Evaluation> {
  assertMadeWith(reference, extractor.name, extractor.featureDim);
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
