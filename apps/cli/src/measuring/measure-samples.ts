import { basename, join } from 'node:path';
import type { ImageBatch } from '@onestep/metrics';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { formatNumber } from '../terminal/format.js';
import type { Measurement } from './measurement.js';

/** Images at a time. */
const BATCH = 100;

/**
 * FID of images, also written to `fid{number in the network's file name}.txt`.
 *
 * @returns a line that names the detector, the reference and the number of images
 */
export async function measureSamples(
  { network, outdir }: { network: string; outdir: string },
  images: readonly Uint8Array[],
  measurement: Measurement,
): Promise<string> {
  const { fid, detector, reference, numImages } = await measurement.evaluate(batchesOf(images));
  const number = basename(network).match(/\d+/g)?.at(-1) ?? '';
  await writeFileAtomically(join(outdir, `fid${number}.txt`), `${fid}\n`);
  return `FID ${formatNumber(fid)} (${detector}, ${numImages} images, against ${reference})`;
}

async function* batchesOf(images: readonly Uint8Array[]): AsyncGenerator<ImageBatch> {
  for (let start = 0; start < images.length; start += BATCH) {
    const batch = images.slice(start, start + BATCH);
    const bytes = batch[0]!.length;
    const joined = new Uint8Array(batch.length * bytes);
    batch.forEach((image, i) => joined.set(image, i * bytes));
    yield { images: joined, count: batch.length };
  }
}
