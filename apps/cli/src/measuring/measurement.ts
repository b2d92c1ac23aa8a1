import {
  evaluateImages,
  INCEPTION_DETECTOR,
  type Evaluation,
  type FeatureExtractor,
  type ImageBatch,
  type ReferenceStatistics,
} from '@onestep/metrics';
import { loadFashionMnistClassifier, loadFashionMnistReference, readReference } from '@onestep/metrics/node';
import { networkPath } from '../networks/network-source.js';
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

/** The detector that comes with the program (Fashion-MNIST, 32x32 grayscale), with its reference statistics. */
export async function loadMeasurement(): Promise<Measurement> {
  return new Measurement(await loadFashionMnistClassifier(), await loadFashionMnistReference());
}

/**
 * Reference statistics, with the detector that made them.
 *
 * @param source a path or URL of the statistics
 * @param format of the images that will be measured
 * @param inception where Inception's weights are, if it is that detector
 * @throws NotMeasurable if the detector does not take images of this shape
 */
export async function loadMeasurementAgainst(
  source: string,
  format: ImageFormat,
  inception: string = 'inception',
): Promise<Measurement> {
  const reference = await readReference(await networkPath(source));
  const detector = detectorSource(reference.detector);
  const { extractorOf } = await loadDetector(detector === INCEPTION_DETECTOR ? inception : detector);
  const measurement = new Measurement(await extractorOf(format), reference);
  assertMeasurable(measurement, format);
  return measurement;
}

/** @throws NotMeasurable if the detector does not take images of this shape */
export function assertMeasurable({ extractor }: Measurement, images: ImageFormat): void {
  assertSees(extractor, images);
}
