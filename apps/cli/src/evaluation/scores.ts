import { basename, join } from 'node:path';
import { describeReference, INCEPTION_DETECTOR, parseMetric, type Metric } from '@onestep/metrics';
import { readReference } from '@onestep/metrics/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { networkPath } from '../networks/network-source.js';
import { formatNumber } from '../terminal/format.js';
import { detectorSource, type ImageFormat } from './detector.js';
import { openEvaluator, type Evaluator } from './evaluator.js';
import { measureImages, type EvaluatedImages, type ImageRequest } from './trials.js';

/** Smallest number of images for a {@link Score}: the Inception Score splits them into ten parts. */
export const MIN_IMAGES = 10;

/** FID and Inception Score of a network. */
export interface Score {
  fid: number;
  /** Left out for a detector without class probabilities. */
  inceptionScore?: number;
  numImages: number;
}

/** Arguments of {@link measureScore}. */
export interface ScoreArgs extends Pick<ImageRequest, 'signal' | 'onProgress'> {
  images: EvaluatedImages;
  evaluator: Evaluator;
  numImages: number;
}

/** Samples that have been generated. */
export interface Samples {
  images: readonly Uint8Array[];
  format: ImageFormat;
  /** File of the generator. */
  network: string;
  /** Folder of the samples. */
  outdir: string;
}

/** Returns the metrics of a {@link Score}: FID as in EDM's fid.py, and the Inception Score. */
export function scoreMetrics(numImages: number): Metric[] {
  return [`fid${numImages}_edm`, `is${numImages}`].map(parseMetric);
}

/** Measures FID and, where the detector has class probabilities, the Inception Score. Generated images have the seeds from 0 on. */
export async function measureScore({ numImages, ...args }: ScoreArgs): Promise<Score> {
  const { numClasses } = args.evaluator.extractor;
  const metrics = scoreMetrics(numImages).filter(({ family }) => numClasses > 0 || family.keeps !== 'probabilities');
  const results = await measureImages({ ...args, metrics, firstSeed: 0 });
  const [fid, inceptionScore] = results.map(({ values }) => Object.values(values)[0]!);
  return { fid: fid!, inceptionScore, numImages };
}

/** Options of {@link openSampleEvaluator}. */
export interface SampleEvaluatorOptions {
  format: ImageFormat;
  numImages: number;
  /** Source of Inception's weights, for a reference with that detector. */
  inception: string | undefined;
  /** Who made the reference, where it does not say so. */
  refMadeBy: string | undefined;
}

/**
 * Opens a reference and its detector, for the score of samples.
 *
 * @param reference path or URL of the statistics
 * @throws NotMeasurable if the detector does not accept the images
 */
export async function openSampleEvaluator(
  reference: string,
  { format, numImages, inception, refMadeBy }: SampleEvaluatorOptions,
  signal: AbortSignal,
): Promise<Evaluator> {
  const { detector } = await readReference(await networkPath(reference), { madeBy: refMadeBy });
  const weights =
    inception !== undefined && detector.startsWith(INCEPTION_DETECTOR)
      ? { detector: inception, resize: detectorSource(detector).resize }
      : {};
  const options = { statistics: reference, refMadeBy, ...weights };
  const open = await openEvaluator(options, format, scoreMetrics(numImages));
  return open(signal);
}

/**
 * Measures the FID of samples, and writes it to `fid{number in the network's file name}.txt`.
 *
 * @returns a line with the FID, the detector, the number of images and the reference
 */
export async function measureSamples(samples: Samples, evaluator: Evaluator, signal: AbortSignal): Promise<string> {
  const { images: pixels, format, network, outdir } = samples;
  const images: EvaluatedImages = {
    format,
    description: `in ${outdir}`,
    async *open() {
      for (const image of pixels) yield { images: image, count: 1 };
    },
  };
  const { fid, numImages } = await measureScore({ images, evaluator, numImages: pixels.length, signal });
  const number = basename(network).match(/\d+/g)?.at(-1) ?? '';
  await writeFileAtomically(join(outdir, `fid${number}.txt`), `${fid}\n`);
  const { extractor, reference } = evaluator;
  return `FID ${formatNumber(fid)} (${extractor.name}, ${numImages} images, against ${describeReference(reference.statistics!)})`;
}
