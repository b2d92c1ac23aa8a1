import {
  measureMetrics,
  type FeatureExtractor,
  type ImageBatch,
  type Metric,
  type MetricReference,
  type MetricResult,
} from '@onestep/metrics';
import { Rng } from '@onestep/random';
import { withProgress } from '../terminal/progress.js';
import type { ImageFormat } from './detector.js';

/** Images that can be made or read anew. */
export interface MeasuredImages {
  format: ImageFormat;
  /** For reports. */
  description: string;
  /** `count` images; those of a generator have the seeds from `firstSeed` on. */
  open(count: number, firstSeed: number): AsyncIterable<ImageBatch> | Promise<AsyncIterable<ImageBatch>>;
}

/** What {@link runTrials} needs. */
export interface TrialArgs {
  source: MeasuredImages;
  metrics: readonly Metric[];
  extractor: FeatureExtractor;
  reference: MetricReference;
  trials: number;
  /** Of the first trial's first image. The others go on where it ends, as the seed ranges of Karras et al. 2022. */
  firstSeed: number;
}

/** One metric in one trial. */
export interface TrialResult extends MetricResult {
  /** Counts from 0. */
  trial: number;
  /** What the images are. */
  images: string;
  /** Of the generator's first image. */
  firstSeed: number;
  /** For all metrics of as many images together: making or reading them, detecting and computing. */
  seconds: number;
}

/** Measures all metrics in every trial. Metrics of the same number of images see the same ones. */
export async function* runTrials(args: TrialArgs): AsyncGenerator<TrialResult> {
  const { source, metrics, extractor, reference, trials } = args;
  const counts = [...new Set(metrics.map(({ numImages }) => numImages))];
  for (let trial = 0; trial < trials; trial++) {
    for (const count of counts) {
      const firstSeed = args.firstSeed + trial * Math.max(...counts);
      const started = performance.now();
      const results = await withProgress('images', async (progress) =>
        measureMetrics({
          extractor,
          images: await source.open(count, firstSeed),
          metrics: metrics.filter(({ numImages }) => numImages === count),
          reference,
          rng: new Rng(firstSeed, 'metrics'),
          onProgress: (done) => progress.update(done, count),
        }),
      );
      const seconds = (performance.now() - started) / 1000;
      for (const result of results) yield { ...result, trial, images: source.description, firstSeed, seconds };
    }
  }
}
