import { basename, join } from 'node:path';
import { INCEPTION_DETECTOR, parseMetric } from '@onestep/metrics';
import { readReference } from '@onestep/metrics/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { ImageFormat } from '../evaluation/detector.js';
import { openEvaluator, type Evaluator } from '../evaluation/evaluator.js';
import { measureImages, type EvaluatedImages } from '../evaluation/trials.js';
import { networkPath } from '../networks/network-source.js';
import { formatNumber } from '../terminal/format.js';

/** Samples that have been generated. */
export interface Samples {
  images: readonly Uint8Array[];
  format: ImageFormat;
  /** File of the generator. */
  network: string;
  outdir: string;
}

/**
 * Opens a reference and its detector for the FID of samples.
 *
 * @param reference path or URL of the statistics
 * @param inception source of Inception's weights, if that is the detector of the reference
 * @throws NotMeasurable if the detector does not accept the images
 */
export async function openSampleEvaluator(
  reference: string,
  { format, count, inception }: { format: ImageFormat; count: number; inception: string | undefined },
  signal: AbortSignal,
): Promise<Evaluator> {
  const { detector } = await readReference(await networkPath(reference));
  const options = { statistics: reference, detector: detector === INCEPTION_DETECTOR ? inception : undefined };
  const open = await openEvaluator(options, format, [fidOf(count)]);
  return open(signal);
}

/**
 * Measures the FID of samples as EDM's fid.py, and writes it to `fid{number in the network's file name}.txt`.
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
  const [result] = await measureImages({ images, metrics: [fidOf(pixels.length)], evaluator, firstSeed: 0, signal });
  const { values, detector, numImages, reference } = result!;
  const fid = Object.values(values)[0]!;
  const number = basename(network).match(/\d+/g)?.at(-1) ?? '';
  await writeFileAtomically(join(outdir, `fid${number}.txt`), `${fid}\n`);
  return `FID ${formatNumber(fid)} (${detector}, ${numImages} images, against ${reference})`;
}

function fidOf(numImages: number) {
  return parseMetric(`fid${numImages}_edm`);
}
