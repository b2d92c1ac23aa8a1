import type { Safetensors } from '@onestep/nn';
import type { GaussianMoments } from './frechet-distance.js';

/** Statistics of a data set's features, to compare generated images with. */
export interface ReferenceStatistics extends GaussianMoments {
  /** The data set, for reports: `fashion-mnist train 32x32`. */
  name: string;
  /** Name of the extractor that made the features. */
  detector: string;
  /** Null where a published file does not say it. */
  numImages: number | null;
}

/** A reference in a few words: `fashion-mnist train 32x32 (60000 images)`. */
export function describeReference({ name, numImages }: ReferenceStatistics): string {
  return numImages === null ? name : `${name} (${numImages} images)`;
}

/** @throws if the reference was made with another detector */
export function assertMadeWith(reference: ReferenceStatistics, detector: string): void {
  if (reference.detector === detector) return;
  throw new Error(
    `The reference ${reference.name} was made with the detector ${reference.detector}, and the images are seen by ` +
      `${detector}; the distance between them would mean nothing. Make a reference with ${detector}.`,
  );
}

/** Packs a reference as `mu` (d), `sigma` (d, d), float64, and three strings. */
export function encodeReference({ name, detector, numImages, mean, covariance }: ReferenceStatistics): Safetensors {
  return {
    tensors: {
      mu: { shape: [mean.length], data: mean },
      sigma: { shape: [mean.length, mean.length], data: covariance },
    },
    metadata: { name, detector, ...(numImages === null ? {} : { numImages: String(numImages) }) },
  };
}

/**
 * Unpacks what {@link encodeReference} made.
 *
 * @param source names the file in messages
 * @throws if something is missing or does not fit together
 */
export function decodeReference({ tensors, metadata }: Safetensors, source: string): ReferenceStatistics {
  const { mu, sigma } = tensors;
  const { name, detector, numImages } = metadata;
  const mean = mu?.data;
  const covariance = sigma?.data;
  const isReference =
    mean instanceof Float64Array && covariance instanceof Float64Array && covariance.length === mean.length ** 2;
  const isCount = numImages === undefined || Number(numImages) > 0;
  if (!isReference || name === undefined || detector === undefined || !isCount) {
    throw new Error(
      `${source} is not a file of reference statistics: expected float64 tensors mu [d] and sigma [d, d], and the strings ` +
        'name and detector.',
    );
  }
  return { name, detector, numImages: numImages === undefined ? null : Number(numImages), mean, covariance };
}
