import type { Safetensors, StateDict } from '@onestep/checkpoint';
import type { GaussianMoments } from './frechet-distance.js';

/** Statistics of a data set's features, to compare generated images with. */
export interface ReferenceStatistics extends GaussianMoments {
  /** The data set, for reports: `fashion-mnist train 32x32`. */
  name: string;
  /** Name of the extractor that made the features. */
  detector: string;
  /** Null where a published file does not say it. */
  numImages: number | null;
  /** Of spatial features, where the detector has them. */
  spatial?: GaussianMoments;
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

/** The arrays of statistics under their published names: `mu` (d), `sigma` (d, d) and, of spatial features, `mu_s`, `sigma_s`. */
export function referenceArrays({ mean, covariance, spatial }: ReferenceStatistics): StateDict {
  const arrays = (ending: string, moments: GaussianMoments): StateDict => ({
    [`mu${ending}`]: { shape: [moments.mean.length], data: moments.mean },
    [`sigma${ending}`]: { shape: [moments.mean.length, moments.mean.length], data: moments.covariance },
  });
  return { ...arrays('', { mean, covariance }), ...(spatial && arrays('_s', spatial)) };
}

/** Packs a reference: {@link referenceArrays} in float64, and three strings. */
export function encodeReference(reference: ReferenceStatistics): Safetensors {
  const { name, detector, numImages } = reference;
  return {
    tensors: referenceArrays(reference),
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
  const { name, detector, numImages } = metadata;
  const moments = momentsIn(tensors, '');
  const isCount = numImages === undefined || Number(numImages) > 0;
  if (moments === null || name === undefined || detector === undefined || !isCount) {
    throw new Error(
      `${source} is not a file of reference statistics: expected float64 tensors mu [d] and sigma [d, d], and the strings ` +
        'name and detector.',
    );
  }
  const spatial = momentsIn(tensors, '_s');
  const about = { name, detector, numImages: numImages === undefined ? null : Number(numImages), ...moments };
  return spatial === null ? about : { ...about, spatial };
}

function momentsIn(tensors: StateDict, ending: string): GaussianMoments | null {
  const mean = tensors[`mu${ending}`]?.data;
  const covariance = tensors[`sigma${ending}`]?.data;
  const fit =
    mean instanceof Float64Array && covariance instanceof Float64Array && covariance.length === mean.length ** 2;
  return fit ? { mean, covariance } : null;
}
