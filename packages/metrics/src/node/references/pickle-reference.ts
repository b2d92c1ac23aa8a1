import { NumpyArray, PythonFloat, TorchTensor, toFloat32, type PythonValue } from '@onestep/checkpoint';
import { ENCODER_PRESETS } from '../../encoder/encoder-settings.js';
import type { GaussianMoments } from '../../frechet-distance.js';
import { INCEPTION_DETECTOR } from '../../inception/inception-extractor.js';
import { momentsOf, momentsOfFeatures, numbersOf } from './moments.js';
import { findDetector, type Provenance } from './provenance.js';
import { nameOf, type Reference } from './reference-in-file.js';

/** The metrics of EDM2's calculate_metrics.py, with the detectors that it computes them with. */
const EDM2_DETECTORS: Record<string, string> = {
  fid: INCEPTION_DETECTOR,
  fd_dinov2: ENCODER_PRESETS['dinov2-edm2']!.name,
};

/**
 * Statistics in a pickle: of EDM2, of the cache of StyleGAN's metrics, or of torch-fidelity's cache.
 *
 * @throws naming the file if it is none of these
 */
export function referencesInPickle(value: PythonValue, path: string, provenance: Provenance): Reference[] {
  const name = nameOf(path);
  const fromEdm2 = edm2References(value, name);
  if (fromEdm2.length > 0) return fromEdm2;

  const features = featuresIn(value);
  if (features !== null) {
    const { count, ...moments } = momentsOfFeatures(features.data, features.dim);
    const about = { name, numImages: count, ...findDetector(name, features.dim, path, provenance) };
    return [{ statistics: { ...about, ...moments }, features: features.data }];
  }
  const found = plainMoments(value) ?? styleganMoments(value);
  if (found === null) {
    throw new Error(
      `${path} is not a file of reference statistics: expected a pickle of EDM2 (fid, fd_dinov2), of StyleGAN's metrics ` +
        '(raw_mean, raw_cov) or of torch-fidelity (mu and sigma, or features [n, d]).',
    );
  }
  const { numImages, ...moments } = found;
  const about = { name, numImages, ...findDetector(name, moments.mean.length, path, provenance) };
  return [{ statistics: { ...about, ...moments }, features: null }];
}

/** A dict of metrics, each with mu and sigma. */
function edm2References(value: PythonValue, name: string): Reference[] {
  return Object.entries(EDM2_DETECTORS).flatMap(([metric, detector]) => {
    const found = plainMoments(field(value, metric));
    return found === null ? [] : [{ statistics: { name, detector, ...found }, features: null }];
  });
}

type Moments = GaussianMoments & { numImages: number | null };

function plainMoments(value: PythonValue): Moments | null {
  const moments = momentsOf(arrayOf(field(value, 'mu')), arrayOf(field(value, 'sigma')));
  return moments && { ...moments, numImages: countOf(field(value, 'num_images')) };
}

/** Sums of StyleGAN's FeatureStats: the covariance is divided by N. */
function styleganMoments(value: PythonValue): Moments | null {
  const sums = momentsOf(arrayOf(field(value, 'raw_mean')), arrayOf(field(value, 'raw_cov')));
  const count = countOf(field(value, 'num_items'));
  if (sums === null || count === null) return null;
  const mean = sums.mean.map((sum) => sum / count);
  const dim = mean.length;
  const covariance = sums.covariance.map((sum, i) => sum / count - mean[Math.floor(i / dim)]! * mean[i % dim]!);
  return { mean, covariance, numImages: count };
}

function featuresIn(value: PythonValue): { data: Float32Array; dim: number } | null {
  const array = arrayOf(value);
  if (array?.shape.length !== 2 || array.shape[0]! < 2) return null;
  const data = array.dtype === 'F64' ? Float32Array.from(numbersOf(array)) : toFloat32(array).slice();
  return { data, dim: array.shape[1]! };
}

function field(value: PythonValue, name: string): PythonValue {
  return value instanceof Map ? (value.get(name) ?? null) : null;
}

function arrayOf(value: PythonValue): NumpyArray | TorchTensor | undefined {
  return value instanceof NumpyArray || value instanceof TorchTensor ? value : undefined;
}

function countOf(value: PythonValue): number | null {
  const number = value instanceof PythonFloat ? value.value : value;
  return typeof number === 'number' && number > 0 ? number : null;
}
