import type { Safetensors, StateDict } from '@onestep/checkpoint';
import { collectFeatures, type CollectedFeatures, type CollectOptions } from './collect-features.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import type { GaussianMoments } from './frechet-distance.js';

/** Statistics of the features of a data set, to compare generated images with. */
export interface ReferenceStatistics extends GaussianMoments {
  /** Name of the data set, for reports: `fashion-mnist train 32x32`. */
  name: string;
  /** Name of the extractor that computed the features. */
  detector: string;
  /** Number of images; null where a published file does not record it. */
  numImages: number | null;
  /** What the covariance was divided by, where it is known: N (StyleGAN's metrics) or N - 1 (EDM's fid.py). */
  divisor?: 'n' | 'n-1';
  /** Statistics of spatial features, where the detector has them. */
  spatial?: GaussianMoments;
  /** How the detector resized the images, in words; left out where it is not known. */
  resizing?: string;
  /**
   * How the detector is known. Default: `recorded` in the file. `stated` by whoever read it. `assumed`: it may be another one,
   * and then numbers are wrong.
   */
  provenance?: 'recorded' | 'stated' | 'assumed';
}

/**
 * Computes the reference statistics of a data set, with covariances divided by N - 1. Includes the statistics of
 * spatial features where the extractor has them.
 *
 * @param images uint8 pixels of the extractor's size, in batches of any size
 * @param name name of the data set, for reports
 * @param options share of this process, progress and signal
 * @throws if there are fewer than 2 images, or a feature is NaN or infinite
 */
export async function computeReference(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  name: string,
  options: Pick<CollectOptions, 'onProgress' | 'share' | 'signal'> = {},
): Promise<ReferenceStatistics> {
  const spatial = extractor.spatialDim !== undefined;
  const collected = await collectFeatures(extractor, images, { spatial, ...options });
  const reference = toReference(collected, { name, detector: extractor.name, divisor: 'n-1' });
  return extractor.resizing === undefined ? reference : { ...reference, resizing: extractor.resizing };
}

/**
 * Turns collected features into reference statistics.
 *
 * @param about name of the data set and of the detector, and the divisor of the covariance; the covariance of
 *   spatial features is always divided by N - 1, the only published convention
 * @throws if there are fewer than 2 images, or none with divisor `n`
 * @internal
 */
export function toReference(
  { statistics, spatial }: CollectedFeatures,
  { name, detector, divisor }: { name: string; detector: string; divisor: 'n' | 'n-1' },
): ReferenceStatistics {
  const about = { name, detector, numImages: statistics.count, divisor };
  const moments = statistics.moments({ divisor });
  return spatial === null ? { ...about, ...moments } : { ...about, ...moments, spatial: spatial.moments() };
}

/**
 * The moments of a reference with its covariance divided by N or by N - 1, so that generated images compare with it by one
 * convention. A reference that does not state its divisor, or its number of images, is returned as it is.
 *
 * @internal
 */
export function referenceMoments(reference: ReferenceStatistics, divisor: 'n' | 'n-1'): GaussianMoments {
  const { mean, covariance, numImages, divisor: own = divisor } = reference;
  if (numImages === null || own === divisor || numImages < 2) return { mean, covariance };
  const scale = divisor === 'n' ? (numImages - 1) / numImages : numImages / (numImages - 1);
  return { mean, covariance: covariance.map((value) => value * scale) };
}

/**
 * Describes a reference in a few words: `fashion-mnist train 32x32 (60000 images)`.
 *
 * @internal
 */
export function describeReference({ name, numImages, provenance }: ReferenceStatistics): string {
  const counted = numImages === null ? name : `${name} (${numImages} images)`;
  return provenance === 'assumed' ? `${counted}, detector assumed` : counted;
}

/**
 * Checks that a reference was made with a detector.
 *
 * @param detector name of the extractor that sees the generated images
 * @param featureDim length of its feature vectors
 * @throws if the reference was made with another detector, or has vectors of another length
 * @internal
 */
export function assertMadeWith(
  reference: ReferenceStatistics,
  detector: string,
  featureDim = reference.mean.length,
): void {
  if (reference.mean.length !== featureDim) {
    throw new Error(
      `The reference ${reference.name} has ${reference.mean.length} features, and the detector ${detector} gives ` +
        `${featureDim}: it was made with another one.`,
    );
  }
  // What others published does not have the checksum that the name of an encoder ends with.
  if (reference.detector === detector || reference.detector === detector.replace(/@[0-9a-f]+$/, '')) return;
  throw new Error(
    `The reference ${reference.name} was made with the detector ${reference.detector}, and the detector here is ` +
      `${detector}; their features cannot be compared. Make a reference with ${detector}.`,
  );
}

/**
 * Returns the arrays of a reference under their published names: `mu` [d] and `sigma` [d, d], and `mu_s` and
 * `sigma_s` for spatial features (as in ADM's reference files).
 */
export function referenceArrays({ mean, covariance, spatial }: ReferenceStatistics): StateDict {
  const arrays = (ending: string, moments: GaussianMoments): StateDict => ({
    [`mu${ending}`]: { shape: [moments.mean.length], data: moments.mean },
    [`sigma${ending}`]: { shape: [moments.mean.length, moments.mean.length], data: moments.covariance },
  });
  return { ...arrays('', { mean, covariance }), ...(spatial && arrays('_s', spatial)) };
}

/**
 * Encodes a reference as the contents of a safetensors file: float64 tensors `mu` [d] and `sigma` [d, d] (and `mu_s`,
 * `sigma_s`), and the metadata `name`, `detector`, `numImages`, `divisor` and `resizing`.
 *
 * @see {@link decodeReference}
 * @internal
 */
export function encodeReference(reference: ReferenceStatistics): Safetensors {
  const { name, detector, numImages, divisor, resizing } = reference;
  return {
    tensors: referenceArrays(reference),
    metadata: {
      name,
      detector,
      ...(numImages === null ? {} : { numImages: String(numImages) }),
      ...(divisor === undefined ? {} : { divisor }),
      ...(resizing === undefined ? {} : { resizing }),
    },
  };
}

/**
 * Decodes the result of {@link encodeReference}.
 *
 * @param source name of the file, for error messages
 * @throws naming the file if a tensor or an entry of the metadata is missing, or the shapes do not match
 * @internal
 */
export function decodeReference({ tensors, metadata }: Safetensors, source: string): ReferenceStatistics {
  const { name, detector, numImages, divisor, resizing } = metadata;
  const moments = momentsIn(tensors, '');
  const isCount = numImages === undefined || Number(numImages) > 0;
  if (moments === null || name === undefined || detector === undefined || !isCount) {
    throw new Error(
      `${source} is not a file of reference statistics: expected float64 tensors mu [d] and sigma [d, d], and the ` +
        'metadata name and detector.',
    );
  }
  const spatial = momentsIn(tensors, '_s');
  return {
    name,
    detector,
    numImages: numImages === undefined ? null : Number(numImages),
    ...moments,
    ...(divisor === 'n' || divisor === 'n-1' ? { divisor } : {}),
    ...(resizing === undefined ? {} : { resizing }),
    ...(spatial === null ? {} : { spatial }),
  };
}

function momentsIn(tensors: StateDict, ending: string): GaussianMoments | null {
  const mean = tensors[`mu${ending}`]?.data;
  const covariance = tensors[`sigma${ending}`]?.data;
  const fit =
    mean instanceof Float64Array && covariance instanceof Float64Array && covariance.length === mean.length ** 2;
  return fit ? { mean, covariance } : null;
}
