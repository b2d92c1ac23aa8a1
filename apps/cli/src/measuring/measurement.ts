import {
  evaluateImages,
  FASHION_DETECTOR,
  type Evaluation,
  type FeatureExtractor,
  type ImageBatch,
  type ReferenceStatistics,
} from '@onestep/metrics';
import { loadFashionMnistClassifier, loadFashionMnistReference, readReference } from '@onestep/metrics/node';
import { networkPath } from '../networks/network-source.js';
import { UserError } from '../user-error.js';
import { assertSees, detectorSource, loadDetector, type ImageFormat } from './detector.js';

/** Fewest images anything is measured on: the Inception Score is computed over ten parts. */
export const MIN_IMAGES = 10;

/** A detector with the reference that images are compared with. */
export class Measurement {
  readonly extractor: FeatureExtractor;
  readonly reference: ReferenceStatistics;

  constructor(extractor: FeatureExtractor, reference: ReferenceStatistics) {
    this.extractor = extractor;
    this.reference = reference;
  }

  /** FID and IS of images that come in batches. */
  evaluate(images: AsyncIterable<ImageBatch>, onProgress?: (numImages: number) => void): Promise<Evaluation> {
    return evaluateImages(this.extractor, images, this.reference, onProgress);
  }
}

/** Which detector sees the images. */
export interface DetectorOptions {
  /** What the images look like; needed where the reference is Inception's. */
  format?: ImageFormat;
  /** Weights for a reference of Inception's; left out, the public ones. */
  inception?: string;
}

/**
 * The detector that comes with the program (Fashion-MNIST, 32x32 grayscale), with its reference statistics; or those of a
 * file, with the detector that made them.
 *
 * @param source a path or URL of reference statistics
 */
export async function loadMeasurement(
  source?: string,
  { format, inception = 'inception' }: DetectorOptions = {},
): Promise<Measurement> {
  if (source === undefined)
    return new Measurement(await loadFashionMnistClassifier(), await loadFashionMnistReference());
  const reference = await readReference(await networkPath(source));
  const detector = detectorSource(reference.detector);
  if (detector === FASHION_DETECTOR || format === undefined) {
    return new Measurement(await loadFashionMnistClassifier(), reference);
  }
  const load = await loadDetector(inception);
  return new Measurement(await load(format), reference);
}

/** @throws NotMeasurable if the detector does not take images of this shape */
export function assertMeasurable({ extractor }: Measurement, images: ImageFormat): void {
  assertSees(extractor, images);
}
