import { parseMetric, type Metric } from '@onestep/metrics';
import type { Evaluator } from './evaluator.js';
import { measureImages, type EvaluatedImages, type ImageRequest } from './trials.js';

/** Smallest number of images for a {@link Score}: the Inception Score splits them into ten parts. */
export const MIN_IMAGES = 10;

/** FID and Inception Score of a network. */
export interface Score {
  fid: number;
  inceptionScore: number;
  numImages: number;
}

/** Arguments of {@link measureScore}. */
export interface ScoreArgs extends Pick<ImageRequest, 'signal' | 'onProgress'> {
  images: EvaluatedImages;
  evaluator: Evaluator;
  numImages: number;
}

/** Metrics of a {@link Score}: FID as in EDM's fid.py, and the Inception Score. */
export function scoreMetrics(numImages: number): Metric[] {
  return [`fid${numImages}_edm`, `is${numImages}`].map(parseMetric);
}

/** Measures FID and Inception Score. Generated images have the seeds from 0 on. */
export async function measureScore({ numImages, ...args }: ScoreArgs): Promise<Score> {
  const results = await measureImages({ ...args, metrics: scoreMetrics(numImages), firstSeed: 0 });
  const [fid, inceptionScore] = results.map(({ values }) => Object.values(values)[0]!);
  return { fid: fid!, inceptionScore: inceptionScore!, numImages };
}
