import { ALONE, NonFiniteImagesError, OtherRankError, type Communicator } from '@onestep/diffusion-core';
import {
  measureMetrics,
  type FeatureExtractor,
  type ImageBatch,
  type Metric,
  type MetricResult,
} from '@onestep/metrics';
import { Rng } from '@onestep/random';
import { withProgress } from '../terminal/progress.js';
import type { ImageFormat } from './detector.js';
import type { Evaluator } from './evaluator.js';

/** Images to evaluate, which can be generated or read several times. */
export interface EvaluatedImages {
  /** Null for images of any sizes, which need an extractor that prepares them. */
  format: ImageFormat | null;
  /** Where the images come from, for reports. */
  description: string;
  /** What is counted, and what is not. */
  notes?: readonly string[];
  /** What is odd about the images that were read, by all processes. @param input side of the detector's input, in pixels */
  remarks?(input: number): Promise<string[]>;
  /** Generates or reads images. @param extractor what they are for: of their format, or one that prepares them */
  open(request: ImageRequest, extractor: FeatureExtractor): OpenedImages;
}

/** The images of one of the processes that share a measurement. */
export interface OpenedImages {
  /** Index of the first one among all. */
  first: number;
  count: number;
  batches: AsyncIterable<ImageBatch>;
}

/** Which images to generate or read. */
export interface ImageRequest {
  /** Number of images, of all processes. */
  count: number;
  /** Seed of the first generated image. The others have the seeds that follow. */
  firstSeed: number;
  signal: AbortSignal;
  /** Called with the number of images generated or read so far; it has a fraction within a batch that takes long. */
  onProgress?: (done: number) => void;
  /** The processes that share the images. Left out, this one has all. */
  communicator?: Communicator;
}

/** Arguments of {@link measureImages}. */
export interface MeasureImagesArgs extends Pick<ImageRequest, 'firstSeed' | 'signal' | 'onProgress' | 'communicator'> {
  images: EvaluatedImages;
  /** Metrics for the same number of images. */
  metrics: readonly Metric[];
  evaluator: Evaluator;
}

/** Arguments of {@link runTrials}. */
export interface TrialArgs extends Pick<
  MeasureImagesArgs,
  'images' | 'metrics' | 'evaluator' | 'signal' | 'communicator'
> {
  /** Number of trials. */
  trials: number;
  /** Seed of the first image of the first trial. Seeds go on from trial to trial, as in Karras et al. 2022. */
  firstSeed: number;
}

/** One metric in one trial. */
export interface TrialResult extends MetricResult {
  /** Counts from 0. */
  trial: number;
  /** Where the images come from. */
  images: string;
  /** Seed of the first generated image. */
  firstSeed: number;
  /** Seconds for all metrics of the same number of images: generating or reading them, detecting and computing. */
  seconds: number;
}

/**
 * Measures images by metrics of the same number of images. Every number of this program comes from here. Several processes measure
 * a share each, and all get the numbers of one.
 *
 * @throws if the reference lacks what a metric needs; NonFiniteImagesError if the network returns NaN, in any process
 */
export async function measureImages(args: MeasureImagesArgs): Promise<MetricResult[]> {
  const { images, metrics, evaluator, firstSeed, signal, communicator = ALONE } = args;
  const { numImages } = metrics[0]!;
  // All processes are about as fast as this one.
  const onProgress = (done: number) => args.onProgress?.((done / opened.count) * numImages);
  const request = { count: numImages, firstSeed, signal, onProgress, communicator };
  const opened = images.open(request, evaluator.extractor);
  try {
    return await measureMetrics({
      ...evaluator,
      images: opened.batches,
      share: { communicator, first: opened.first },
      metrics,
      rng: new Rng(firstSeed, 'metrics'),
      signal,
    });
  } catch (error) {
    const isNan = error instanceof OtherRankError && error.cause === 'NonFiniteImagesError';
    throw isNan ? new NonFiniteImagesError(error.text) : error;
  }
}

/** Measures all metrics in every trial. Metrics of the same number of images are computed from the same images. */
export async function* runTrials(args: TrialArgs): AsyncGenerator<TrialResult> {
  const { images, metrics, evaluator, signal, communicator } = args;
  const counts = [...new Set(metrics.map(({ numImages }) => numImages))];
  for (let trial = 0; trial < args.trials; trial++) {
    const firstSeed = args.firstSeed + trial * Math.max(...counts);
    for (const count of counts) {
      const started = performance.now();
      const results = await withProgress('images', (progress) =>
        measureImages({
          images,
          metrics: metrics.filter(({ numImages }) => numImages === count),
          evaluator,
          firstSeed,
          signal,
          communicator,
          onProgress: (done) => progress.update(done, count),
        }),
      );
      const seconds = (performance.now() - started) / 1000;
      for (const result of results) yield { ...result, trial, images: images.description, firstSeed, seconds };
    }
  }
}
