import {
  assertDetector,
  assertMadeWith,
  FASHION_DETECTOR,
  type ComparedWith,
  type FeatureExtractor,
  type Metric,
  type MetricReference,
} from '@onestep/metrics';
import { loadFashionMnistReference, readReference } from '@onestep/metrics/node';
import { networkPath } from '../networks/network-source.js';
import { UserError } from '../user-error.js';
import { assertSees, detectorSource, loadDetector, type ImageFormat } from './detector.js';
import { hasImages, hasStatistics } from './image-source.js';
import { seeReals } from './real-features.js';

/** What images are compared with, as options say it. */
export interface BasisOptions {
  /** Reference statistics, a path or URL. */
  statistics?: string;
  /** Real images: a data set or an `.npz` with `arr_0`. What a detector finds in them is kept: {@link seeReals}. */
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
  const source = await loadDetector(detector ?? (given ? detectorSource(given.detector) : byDefault));
  const extractor = await source.extractorOf(format);
  assertSees(extractor, format);
  for (const metric of metrics) assertDetector(metric, extractor.name);
  const hasOwn = given === null && data === undefined && extractor.name === FASHION_DETECTOR;
  const statistics = given ?? (hasOwn ? await loadFashionMnistReference() : null);
  if (statistics !== null) assertMadeWith(statistics, extractor.name);

  const lacking = metrics.filter(({ family: { comparesWith } }) =>
    comparesWith === 'spatial'
      ? statistics?.spatial === undefined
      : comparesWith === 'features' || (comparesWith === 'statistics' && statistics === null),
  );
  if (lacking.length === 0) return async () => ({ extractor, reference: { statistics, features: null } });
  const needs = (what: ComparedWith) => lacking.find(({ family }) => family.comparesWith === what)?.name;
  if (needs('spatial') !== undefined && extractor.spatialDim === undefined) {
    throw new UserError(`${needs('spatial')} is of spatial features, and ${extractor.name} has none; Inception has.`);
  }
  const realPath = data ?? (path !== undefined && (await hasImages(path)) ? path : undefined);
  if (realPath === undefined) {
    const ofFeatures = needs('features');
    throw new UserError(
      `${ofFeatures ?? lacking[0]!.name} compares with ${ofFeatures === undefined ? 'statistics of ' : ''}real images: give them with --data.`,
      2,
    );
  }
  return async (signal) => {
    const found = await seeReals(source, realPath, { features: needs('features') !== undefined, signal });
    const spatial = found.statistics.spatial;
    return {
      extractor,
      reference: {
        ...found,
        statistics: statistics === null ? found.statistics : { ...(spatial && { spatial }), ...statistics },
      },
    };
  };
}
