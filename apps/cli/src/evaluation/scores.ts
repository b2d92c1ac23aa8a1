import { basename, join } from 'node:path';
import { ALONE, onFirstRank, type Communicator } from '@onestep/diffusion-core';
import { COLOR_DETECTOR, describeReference, FASHION_DETECTOR, parseMetric, type Metric } from '@onestep/metrics';
import { readReference } from '@onestep/metrics/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { networkPath } from '../networks/network-source.js';
import { formatNumber } from '../terminal/format.js';
import type { ImageFormat } from './detector.js';
import { openEvaluator, type Evaluator, type EvaluatorOptions } from './evaluator.js';
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
export interface ScoreArgs extends Pick<ImageRequest, 'signal' | 'onProgress' | 'communicator'> {
  images: EvaluatedImages;
  evaluator: Evaluator;
  numImages: number;
}

/** The FID of samples, and what it depends on. */
export interface MeasuredSamples {
  fid: number;
  /** Name of the feature extractor. */
  detector: string;
  numImages: number;
  /** The images behind the reference statistics. */
  reference: string;
}

/** Samples that have been generated. */
export interface Samples {
  /** Those that this process made. */
  images: readonly Uint8Array[];
  /** Index of the first of them among all. */
  first: number;
  /** Number of images, of all processes. */
  count: number;
  /** The processes that made them. Left out, this one alone. */
  communicator?: Communicator;
  format: ImageFormat;
  /** File of the generator. */
  network: string;
  /** Folder of the samples. */
  outdir: string;
}

/** Arguments of {@link openSampleEvaluator}. */
export interface SampleEvaluatorArgs extends Pick<EvaluatorOptions, 'detector' | 'refMadeBy' | 'communicator'> {
  format: ImageFormat;
  numImages: number;
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

/**
 * Opens a reference and its detector, for the score of samples.
 *
 * @param reference path or URL of the statistics
 * @param args.detector source of Inception's weights or of a detector of one's own, for a reference of its features; not
 *   used for a reference of another detector that comes with the program
 * @throws NotMeasurable if the detector does not accept the images
 */
export async function openSampleEvaluator(
  reference: string,
  { format, numImages, detector, refMadeBy, communicator }: SampleEvaluatorArgs,
  signal: AbortSignal,
): Promise<Evaluator> {
  const isGiven = detector !== undefined && !(await namesShippedDetector(reference));
  const options = { statistics: reference, refMadeBy, communicator, ...(isGiven && { detector }) };
  const open = await openEvaluator(options, format, scoreMetrics(numImages));
  return open(signal);
}

/** Whether statistics are recorded as those of a detector that comes with the program, which takes the place of any other. */
export async function namesShippedDetector(reference: string): Promise<boolean> {
  const known = await readReference(await networkPath(reference)).catch(() => null);
  return (
    known !== null && known.provenance !== 'assumed' && [COLOR_DETECTOR, FASHION_DETECTOR].includes(known.detector)
  );
}

/**
 * Measures the FID of samples, and writes it to `fid{number in the network's file name}.txt`.
 *
 * @returns the FID, and what it depends on
 */
export async function measureSamples(
  samples: Samples,
  evaluator: Evaluator,
  signal: AbortSignal,
): Promise<MeasuredSamples> {
  const { images: pixels, first, count, format, network, outdir, communicator = ALONE } = samples;
  const images: EvaluatedImages = {
    format,
    description: `in ${outdir}`,
    open: () => ({
      ...{ first, count: pixels.length },
      batches: (async function* () {
        for (const image of pixels) yield { images: image, count: 1 };
      })(),
    }),
  };
  const { fid, numImages } = await measureScore({ images, evaluator, numImages: count, signal, communicator });
  const number = basename(network).match(/\d+/g)?.at(-1) ?? '';
  await onFirstRank(communicator, () => writeFileAtomically(join(outdir, `fid${number}.txt`), `${fid}\n`));
  const { extractor, reference } = evaluator;
  return { fid, detector: extractor.name, numImages, reference: describeReference(reference.statistics!) };
}

/** A line about the FID of samples. */
export function describeSamples({ fid, detector, numImages, reference }: MeasuredSamples): string {
  return `FID ${formatNumber(fid)} (${detector}, ${numImages} images, against ${reference})`;
}
