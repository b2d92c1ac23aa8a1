import {
  assertDetector,
  assertMadeWith,
  collectFeatures,
  FASHION_DETECTOR,
  toReference,
  type FeatureExtractor,
  type Metric,
  type MetricReference,
  type ReferenceStatistics,
} from '@onestep/metrics';
import {
  FASHION_REFERENCE_PATH,
  FASHION_WEIGHTS_PATH,
  loadFashionMnistClassifier,
  loadFashionMnistReference,
  readReference,
} from '@onestep/metrics/node';
import { digestOf } from '../files/digest-of.js';
import { networkPath } from '../networks/network-source.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { assertAccepts, detectorSource, loadDetector, type Detector, type ImageFormat } from './detector.js';
import { FeatureCache, type RealFeatures } from './feature-cache.js';
import { hasImages, hasStatistics, openImages } from './image-files.js';

/** A detector, and its features of the real images that generated images are compared with. */
export interface Evaluator {
  extractor: FeatureExtractor;
  reference: MetricReference;
  /** Digests of the files that numbers depend on: the detector, and the statistics and images of the reference. */
  digests: Readonly<Record<string, string>>;
}

/** Options that choose the reference and the detector. */
export interface EvaluatorOptions {
  /** Path or URL of reference statistics. */
  statistics?: string;
  /** Path of real images: a data set, or an `.npz` with `arr_0`. Their features are cached. */
  data?: string;
  /** Source of the detector, for {@link loadDetector}. Left out, the detector of the reference. */
  detector?: string;
}

/**
 * Opens the detector and the reference that metrics need, and checks that nothing is missing. Real images are only read
 * when the returned function is called.
 *
 * @param format of the generated images
 * @throws UserError naming the option that is missing; NotMeasurable if the detector does not accept the images
 */
export async function openEvaluator(
  options: EvaluatorOptions,
  format: ImageFormat,
  metrics: readonly Metric[],
): Promise<(signal: AbortSignal) => Promise<Evaluator>> {
  const path = options.statistics === undefined ? undefined : await networkPath(options.statistics);
  const given = path === undefined || !(await hasStatistics(path)) ? null : await readReference(path);
  const source =
    options.detector ?? (given === null ? defaultDetector(options, format) : detectorSource(given.detector));
  const detector = await loadDetector(source);
  const extractor = await detector.extractorOf(format);
  assertAccepts(extractor, format);
  for (const metric of metrics) assertDetector(metric, extractor.name);
  const isShipped = options.data === undefined && extractor.name === FASHION_DETECTOR;
  const statistics = given ?? (isShipped ? await loadFashionMnistReference() : null);
  if (statistics !== null) assertMadeWith(statistics, extractor.name);

  const digests = {
    detector: detector.digest,
    ...(statistics === null ? {} : { reference: await digestOf(given === null ? FASHION_REFERENCE_PATH : path!) }),
  };
  const needingReals = metrics.filter((metric) => needsReals(metric, statistics));
  if (needingReals.length === 0) {
    return async () => ({ extractor, reference: { statistics, features: null }, digests });
  }
  const spatial = needingReals.find(({ family }) => family.comparesWith === 'spatial');
  if (spatial !== undefined && extractor.spatialDim === undefined) {
    throw new UserError(
      `${spatial.name} needs spatial features, which ${extractor.name} does not have. Pass --detector inception.`,
    );
  }
  const realPath = options.data ?? (path !== undefined && (await hasImages(path)) ? path : undefined);
  if (realPath === undefined) {
    throw new UserError(`${needingReals[0]!.name} compares with real images: pass a data set with --data.`, 2);
  }
  const features = needingReals.some(({ family }) => family.comparesWith === 'features');
  return async (signal) => {
    const reals = await realFeatures(detector, realPath, { features, signal });
    const reference = { ...reals, statistics: { ...reals.statistics, ...statistics } };
    return { extractor, reference, digests: { ...digests, data: await digestOf(realPath) } };
  };
}

/**
 * Opens the detector and the reference that come with the program, of Fashion-MNIST.
 *
 * @throws NotMeasurable if the images are not 32x32 grayscale
 */
export async function shippedEvaluator(format: ImageFormat): Promise<Evaluator> {
  const extractor = await loadFashionMnistClassifier();
  assertAccepts(extractor, format, 'Pass a teacher for 32x32 grayscale images.');
  const reference = { statistics: await loadFashionMnistReference(), features: null };
  const digests = { detector: await digestOf(FASHION_WEIGHTS_PATH), reference: await digestOf(FASHION_REFERENCE_PATH) };
  return { extractor, reference, digests };
}

/** Which of the features of real images are needed. */
export interface WantedFeatures {
  /** Whether the features of each image are needed, in addition to their statistics. */
  features: boolean;
  signal: AbortSignal;
}

/** Returns a detector's features of all images of a data set, from the cache if they are there. */
export async function realFeatures(detector: Detector, path: string, wanted: WantedFeatures): Promise<RealFeatures> {
  const images = await openImages(path);
  try {
    const extractor = await detector.extractorOf(images.format);
    assertAccepts(extractor, images.format);
    const cache = await FeatureCache.open(path, images, extractor.name, detector.checksum);
    const known = await cache?.read(wanted.features);
    if (known != null) return known;
    const collected = await withProgress('real images', (progress) =>
      collectFeatures(extractor, images.batches(wanted.signal), {
        keep: wanted.features ? ['features'] : [],
        spatial: extractor.spatialDim !== undefined,
        onProgress: (done) => progress.update(done, images.length),
      }),
    );
    const found = {
      statistics: toReference(collected, { name: images.name, detector: extractor.name, divisor: 'n' }),
      features: collected.features,
    };
    await cache?.write(found);
    return found;
  } finally {
    images.close();
  }
}

/** Without real images there is only the reference that comes with the program, which has its own detector. */
function defaultDetector({ data }: EvaluatorOptions, { imgResolution, imgChannels }: ImageFormat): string {
  const isShipped = data === undefined || (imgResolution === 32 && imgChannels === 1);
  return isShipped ? FASHION_DETECTOR : 'inception';
}

function needsReals({ family: { comparesWith } }: Metric, statistics: ReferenceStatistics | null): boolean {
  if (comparesWith === 'features') return true;
  if (comparesWith === 'spatial') return statistics?.spatial === undefined;
  return comparesWith === 'statistics' && statistics === null;
}
