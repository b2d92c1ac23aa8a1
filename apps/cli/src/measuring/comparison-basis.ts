import {
  assertMadeWith,
  collectFeatures,
  FASHION_DETECTOR,
  type FeatureExtractor,
  type Metric,
  type MetricReference,
  type ReferenceStatistics,
} from '@onestep/metrics';
import { loadFashionMnistReference, readReference } from '@onestep/metrics/node';
import { networkPath } from '../networks/network-source.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { assertSees, detectorSource, loadDetector, type Detector, type ImageFormat } from './detector.js';
import { hasImages, hasStatistics, openImages } from './image-source.js';

/** What images are compared with, as options say it. */
export interface BasisOptions {
  /** Reference statistics, a path or URL. */
  statistics?: string;
  /** Real images: a data set or an `.npz` with `arr_0`. */
  data?: string;
  /** See {@link loadDetector}. */
  detector?: string;
}

/** The detector, and what it found in real images. */
export interface ComparisonBasis {
  extractor: FeatureExtractor;
  reference: MetricReference;
}

/**
 * Opens what metrics compare generated images with: only what they need of it. Everything that can be missing is found at
 * once; real images are looked at when the result is called.
 *
 * @param format of the generated images
 * @throws UserError naming the option that is missing; NotMeasurable if no detector sees the images
 */
export async function openBasis(
  options: BasisOptions,
  format: ImageFormat,
  metrics: readonly Metric[],
): Promise<(signal: AbortSignal) => Promise<ComparisonBasis>> {
  const { data, detector } = options;
  const path = options.statistics === undefined ? undefined : await networkPath(options.statistics);
  const given = path === undefined || !(await hasStatistics(path)) ? null : await readReference(path);
  const isShipped = (format.imgResolution === 32 && format.imgChannels === 1) || data === undefined;
  const byDefault = isShipped ? FASHION_DETECTOR : 'inception';
  const load = await loadDetector(detector ?? (given ? detectorSource(given.detector) : byDefault));
  const extractor = await load(format);
  assertSees(extractor, format);
  const hasOwn = given === null && data === undefined && extractor.name === FASHION_DETECTOR;
  const statistics = given ?? (hasOwn ? await loadFashionMnistReference() : null);
  if (statistics !== null) assertMadeWith(statistics, extractor.name);

  const firstThatNeeds = (what: string) => metrics.find(({ family }) => family.comparesWith === what)?.name;
  const keepFeatures = firstThatNeeds('features') !== undefined;
  const first = firstThatNeeds('features') ?? (statistics === null ? firstThatNeeds('statistics') : undefined);
  if (first === undefined) return async () => ({ extractor, reference: { statistics, features: null } });
  const realPath = data ?? (path !== undefined && (await hasImages(path)) ? path : undefined);
  if (realPath === undefined) {
    throw new UserError(
      `${first} compares with ${keepFeatures ? '' : 'statistics of '}real images: give them with --data.`,
      2,
    );
  }
  return async (signal) => {
    const found = await seeReals(load, realPath, keepFeatures, signal);
    return { extractor, reference: { ...found, statistics: statistics ?? found.statistics } };
  };
}

/** Statistics as StyleGAN's metrics take them from a data set: divided by the number of images. */
async function seeReals(
  load: Detector,
  path: string,
  keepFeatures: boolean,
  signal: AbortSignal,
): Promise<{ statistics: ReferenceStatistics; features: Float32Array | null }> {
  const real = await openImages(path);
  try {
    const extractor = await load(real.format);
    assertSees(extractor, real.format);
    const { statistics, features } = await withProgress('real images', (progress) =>
      collectFeatures(extractor, real.batches(signal), {
        keep: keepFeatures ? ['features'] : [],
        onProgress: (done) => progress.update(done, real.length),
      }),
    );
    const about = { name: real.name, detector: extractor.name, numImages: statistics.count };
    return { statistics: { ...about, ...statistics.moments({ divisor: 'n' }) }, features };
  } finally {
    real.close();
  }
}
