import { ALONE, type Communicator } from '@onestep/diffusion-core';
import {
  assertDetector,
  assertMadeWith,
  collectFeatures,
  decodeReference,
  encodeReference,
  FASHION_DETECTOR,
  INCEPTION_DETECTOR,
  toReference,
  type FeatureExtractor,
  type Metric,
  type MetricReference,
  type ReferenceStatistics,
} from '@onestep/metrics';
import { decodeSafetensors, encodeSafetensors } from '@onestep/checkpoint';
import {
  describeProvenance,
  FASHION_REFERENCE_PATH,
  FASHION_WEIGHTS_PATH,
  loadFashionMnistClassifier,
  loadFashionMnistReference,
  readReferences,
  type Reference,
} from '@onestep/metrics/node';
import { lookAt } from '@onestep/checkpoint/node';
import { digestOf } from '../files/digest-of.js';
import { networkPath } from '../networks/network-source.js';
import { withProgress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import {
  assertAccepts,
  describeComparability,
  detectorSource,
  isInception,
  loadDetector,
  shippedDetector,
  type Detector,
  type DetectorOptions,
  type ImageFormat,
  NotMeasurable,
} from './detector.js';
import { FeatureCache, type RealFeatures } from './feature-cache.js';
import { hasImages, hasStatistics, openImages } from './image-files.js';
import { writeNote } from '../terminal/output-mode.js';

/** A detector, and its features of the real images that generated images are compared with. */
export interface Evaluator {
  extractor: FeatureExtractor;
  reference: MetricReference;
  /** Digests of the files that numbers depend on: the detector, and the statistics and images of the reference. */
  digests: Readonly<Record<string, string>>;
  /** What has to be said with every number: what was assumed, and what it cannot be compared with. */
  remarks: readonly string[];
}

/** Options that choose the reference and the detector. */
export interface EvaluatorOptions extends DetectorOptions {
  /** Path or URL of reference statistics. */
  statistics?: string;
  /** Path of real images: a data set, or an `.npz` with `arr_0`. Their features are cached. */
  data?: string;
  /** Source of the detector, for {@link loadDetector}. Left out, the detector of the reference. */
  detector?: string;
  /** Program or detector that made the reference statistics, where they do not say so. */
  refMadeBy?: string;
  /** The processes that share the measurement. Left out, this one alone. */
  communicator?: Communicator;
}

/** Advice where the detector is that of the reference statistics. */
const OTHER_REFERENCE =
  'The reference statistics are of that detector. Pass statistics of images such as these: "onestep metrics ref" computes them.';

/**
 * Opens the detector and the reference that metrics need, and checks that nothing is missing. Real images are only read
 * when the returned function is called.
 *
 * @param format of the generated images; null for images of any sizes
 * @throws UserError naming the option that is missing; NotMeasurable if the detector does not accept the images
 */
export async function openEvaluator(
  options: EvaluatorOptions,
  format: ImageFormat | null,
  metrics: readonly Metric[],
): Promise<(signal: AbortSignal) => Promise<Evaluator>> {
  const { detector, extractor, given, path } = await openDetector(options, format);
  const followsReference = given !== null && options.detector === undefined;
  assertAccepts(extractor, format, followsReference ? OTHER_REFERENCE : undefined);
  for (const metric of metrics) assertDetector(metric, extractor);
  const isShipped = options.data === undefined && extractor.name === FASHION_DETECTOR;
  const statistics = given?.statistics ?? (isShipped ? await loadFashionMnistReference() : null);
  if (statistics !== null) assertMadeWith(statistics, extractor.name, extractor.featureDim);
  const remarks = [
    describeComparability(extractor.name),
    given === null ? null : describeProvenance(path!, given.statistics),
  ].filter((line) => line !== null);

  const digests = {
    detector: detector.digest,
    ...(statistics === null ? {} : { reference: await digestOf(given === null ? FASHION_REFERENCE_PATH : path!) }),
  };
  const needingReals = metrics.filter((metric) =>
    needsReals(metric, { statistics, features: given?.features ?? null }),
  );
  if (needingReals.length === 0) {
    const reference = { statistics, features: given?.features ?? null };
    return async () => ({ extractor, reference, digests, remarks });
  }
  const spatial = needingReals.find(({ family }) => family.comparesWith === 'spatial');
  if (spatial !== undefined && extractor.spatialDim === undefined) {
    throw new UserError(
      `${spatial.name} needs spatial features, which ${extractor.name} does not have. Pass --detector inception.`,
    );
  }
  const realPath = options.data ?? (path !== undefined && (await hasImages(path)) ? path : undefined);
  if (realPath === undefined) {
    throw new NotMeasurable(`${needingReals[0]!.name} compares with real images: pass a data set with --data.`, 2);
  }
  const features = needingReals.some(({ family }) => family.comparesWith === 'features');
  return async (signal) => {
    const reals = await realFeatures(detector, realPath, { features, signal, communicator: options.communicator });
    const { divisor } = statistics ?? reals.statistics;
    const reference = { ...reals, statistics: { ...reals.statistics, ...statistics, divisor } };
    return { extractor, reference, digests: { ...digests, data: await digestOf(realPath) }, remarks };
  };
}

interface OpenedDetector {
  detector: Detector;
  extractor: FeatureExtractor;
  /** The reference statistics; null if there are none. */
  given: Reference | null;
  /** Their file. */
  path: string | undefined;
}

/** Loads the detector that was asked for, or that of the reference. What a reference does not say is taken from the other. */
async function openDetector(options: EvaluatorOptions, format: ImageFormat | null): Promise<OpenedDetector> {
  const { statistics: source, refMadeBy: madeBy, resize } = options;
  if (madeBy !== undefined && source === undefined) {
    throw new UserError('--ref-made-by says what made the file of --ref; pass it with --ref, or leave it out.', 2);
  }
  const path = source === undefined ? undefined : await networkPath(source);
  if (path !== undefined && lookAt(path)?.isDirectory() === true) {
    throw new UserError(
      `${path} is a folder, and --ref takes a file of statistics. Pass images with --data, or compute their statistics: ` +
        `onestep metrics ref --data ${path} --dest reference.npz`,
      2,
    );
  }
  const hasReference = path !== undefined && (await hasStatistics(path));
  const named = options.detector ?? (resize === undefined ? undefined : 'inception');
  if (named !== undefined || !hasReference) {
    const chosen = named ?? shippedDetector(format);
    const rule = resize ?? (hasReference && isInception(chosen) ? await recordedRule(path, madeBy) : undefined);
    const detector = await loadDetector(chosen, { ...options, resize: rule });
    const extractor = await detector.extractorOf(format);
    const references = hasReference ? await readReferences(path, { madeBy, detector: extractor }) : [];
    const fitting = references.find(({ statistics }) => isMadeWith(statistics, extractor)) ?? references[0];
    return { detector, extractor, given: fitting ?? null, path };
  }
  const [given] = await readReferences(path, { madeBy });
  const { source: found, resize: rule } = detectorSource(given!.statistics.detector);
  const detector = await loadDetector(found, { ...options, resize: rule });
  return { detector, extractor: await detector.extractorOf(format), given: given!, path };
}

/** The rule of resizing for Inception that a reference was made with, if it is known. */
async function recordedRule(path: string, madeBy: string | undefined): Promise<string | undefined> {
  const [given] = await readReferences(path, { madeBy }).catch(() => []);
  if (given === undefined || given.statistics.provenance === 'assumed') return undefined;
  const { detector } = given.statistics;
  return detector.startsWith(INCEPTION_DETECTOR) ? detectorSource(detector).resize : undefined;
}

function isMadeWith(statistics: ReferenceStatistics, { name, featureDim }: FeatureExtractor): boolean {
  try {
    assertMadeWith(statistics, name, featureDim);
    return true;
  } catch {
    return false;
  }
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
  return { extractor, reference, digests, remarks: [] };
}

/** Which of the features of real images are needed. */
export interface WantedFeatures {
  /** Whether the features of each image are needed, in addition to their statistics. */
  features: boolean;
  signal: AbortSignal;
  /** The processes that share the images. Left out, this one reads all. */
  communicator?: Communicator;
}

/**
 * Returns a detector's features of all images of a data set, from the cache if they are there. Process 0 alone reads and writes the
 * cache.
 */
export async function realFeatures(detector: Detector, path: string, wanted: WantedFeatures): Promise<RealFeatures> {
  const { signal, communicator = ALONE } = wanted;
  const images = await openImages(path, { communicator });
  try {
    const extractor = await detector.extractorOf(images.format);
    assertAccepts(extractor, images.format);
    const cache =
      communicator.rank > 0 ? null : await FeatureCache.open(path, images, extractor.name, detector.checksum);
    for (const note of images.notes) writeNote(note);
    const cached = await cache?.read(wanted.features);
    // Files of the cache that are older than this entry have been divided by N, too.
    const own = cached == null ? null : { ...cached, statistics: { ...cached.statistics, divisor: 'n' as const } };
    const known = await shareFeatures(own, wanted);
    if (known !== null) return known;
    const collected = await withProgress('real images', (progress) =>
      collectFeatures(extractor, images.batches(extractor, signal), {
        keep: wanted.features ? ['features'] : [],
        spatial: extractor.spatialDim !== undefined,
        onProgress: (done) => progress.update(done, images.length),
        share: { communicator, first: images.first },
        signal,
      }),
    );
    const found = {
      statistics: toReference(collected, { name: images.name, detector: extractor.name, divisor: 'n' }),
      features: collected.features,
    };
    for (const remark of await images.remarks(extractor.imgResolution)) writeNote(remark);
    await cache?.write(found);
    return found;
  } finally {
    images.close();
  }
}

/** Passes the statistics that process 0 knows to the others, without the features. @param own not read elsewhere */
async function shareFeatures(
  own: RealFeatures | null,
  { features: withFeatures, communicator = ALONE }: WantedFeatures,
): Promise<RealFeatures | null> {
  if (communicator.size === 1) return own;
  const bytes = await communicator.broadcast(
    own === null ? new Uint8Array() : encodeSafetensors(encodeReference(own.statistics)),
  );
  if (communicator.rank === 0) return own;
  if (bytes.length === 0) return null;
  const statistics = decodeReference(decodeSafetensors(bytes), 'The reference of rank 0');
  return { statistics, features: withFeatures ? new Float32Array() : null };
}

function needsReals({ family: { comparesWith } }: Metric, { statistics, features }: MetricReference): boolean {
  if (comparesWith === 'features') return features === null;
  if (comparesWith === 'spatial') return statistics?.spatial === undefined;
  return comparesWith === 'statistics' && statistics === null;
}
