import {
  evaluateImages,
  type Evaluation,
  type FeatureExtractor,
  type ImageBatch,
  type ReferenceStatistics,
} from '@onestep/metrics';
import { loadFashionMnistClassifier, loadFashionMnistReference, readReference } from '@onestep/metrics/node';
import { UserError } from '../user-error.js';

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

/**
 * The detector that comes with the program (Fashion-MNIST, 32x32 grayscale), with its reference statistics.
 *
 * @param referencePath a file of other statistics made with the same detector
 */
export async function loadMeasurement(referencePath?: string): Promise<Measurement> {
  const reference = referencePath === undefined ? loadFashionMnistReference() : readReference(referencePath);
  return new Measurement(await loadFashionMnistClassifier(), await reference);
}

/** The detector does not take images of some shape. */
export class NotMeasurable extends UserError {}

/** @throws NotMeasurable if the detector does not take images of this shape */
export function assertMeasurable(
  { extractor }: Measurement,
  images: { imgResolution: number; imgChannels: number },
): void {
  const { name, imgResolution: size, imgChannels: channels } = extractor;
  if (images.imgResolution === size && images.imgChannels === channels) return;
  throw new NotMeasurable(
    `The detector ${name} sees ${size}x${size}x${channels} images, and these are ` +
      `${images.imgResolution}x${images.imgResolution}x${images.imgChannels}: no metric can be measured on them here.`,
  );
}
