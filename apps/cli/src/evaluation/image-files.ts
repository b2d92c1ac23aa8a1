import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { chooseImages, openDataset } from '@onestep/datasets';
import type { ImageBatch } from '@onestep/metrics';
import { openNpz } from '@onestep/checkpoint/node';
import { UserError } from '../user-error.js';
import type { ImageFormat } from './detector.js';
import type { EvaluatedImages } from './trials.js';

/** Number of images read at a time. */
const BATCH = 128;

/** Images in files. */
export interface ImageFiles {
  name: string;
  length: number;
  format: ImageFormat;
  /** Reads all images in order. */
  batches(signal: AbortSignal): AsyncIterable<ImageBatch>;
  close(): void;
}

/** A subset of the images in files. */
export interface ImageChoice {
  /** Number of images. If there are more, they are chosen at random. Left out, all images. */
  num?: number;
  /** Seed of the random choice. */
  seed?: number;
}

/** Writes the pixels of `count` images, from the image `start` on, into `out`. */
type ReadImages = (start: number, count: number, out: Uint8Array<ArrayBuffer>) => void;

/**
 * Opens images: a data set (ZIP file or folder), or an `.npz` with `arr_0`, uint8 [N, H, W, C], as for ADM's evaluator.
 *
 * @throws UserError if there are fewer images than `num`
 */
export async function openImages(path: string, { num, seed = 0 }: ImageChoice = {}): Promise<ImageFiles> {
  const files = await (isNpz(path) ? openImageArray(path, num, seed) : openImageFolder(path, num, seed));
  if (num === undefined || files.length >= num) return files;
  files.close();
  throw new UserError(`${path} has ${files.length} images, fewer than ${num}. Pass --num ${files.length}.`);
}

/**
 * Checks that files hold enough images, and returns them as images to evaluate.
 *
 * @param num largest number of images that will be read
 * @param seed of the random choice, if there are more
 * @throws UserError if there are fewer than `num`
 */
export async function imagesInFiles(path: string, { num, seed }: Required<ImageChoice>): Promise<EvaluatedImages> {
  const { format, close } = await openImages(path, { num, seed });
  close();
  return {
    format,
    description: `from ${path}`,
    async *open({ count, signal, onProgress }) {
      const files = await openImages(path, { num: count, seed });
      let done = 0;
      try {
        for await (const batch of files.batches(signal)) {
          onProgress?.((done += batch.count));
          yield batch;
        }
      } finally {
        files.close();
      }
    },
  };
}

/** Whether a file is an `.npz` with images, and possibly statistics too. */
export async function hasImages(path: string): Promise<boolean> {
  return isNpz(path) && 'arr_0' in (await openNpz(path));
}

/** Whether a file has reference statistics. An `.npz` for ADM's evaluator may have images only. */
export async function hasStatistics(path: string): Promise<boolean> {
  return !isNpz(path) || 'mu' in (await openNpz(path)) || !(await hasImages(path));
}

function isNpz(path: string): boolean {
  return path.endsWith('.npz');
}

async function openImageFolder(path: string, num: number | undefined, seed: number): Promise<ImageFiles> {
  const dataset = await openDataset(path, { useLabels: false, maxSize: num, randomSeed: seed });
  const read = readEach(dataset.imageBytes, (index, out) => dataset.imageAt(index, out));
  return {
    name: dataset.name,
    length: dataset.length,
    format: { imgResolution: dataset.resolution, imgChannels: dataset.channels },
    batches: (signal) => imageBatches(dataset, read, signal),
    close: () => dataset.close(),
  };
}

async function openImageArray(path: string, num: number | undefined, seed: number): Promise<ImageFiles> {
  const { arr_0: array } = await openNpz(path);
  const [count, height, width, channels] = array?.shape ?? [];
  if (array?.dtype !== 'U8' || array.shape.length !== 4 || height !== width) {
    const found = array === undefined ? 'no arr_0' : `arr_0 of ${array.dtype} [${array.shape}]`;
    throw new UserError(`${path} has ${found}; expected images: arr_0, uint8 [N, H, W, C], H = W.`);
  }
  const imageBytes = height! * width! * channels!;
  const pixels = (start: number, n: number) => array.elements(start * imageBytes, n * imageBytes) as Uint8Array;
  // The same choice as openDataset makes from the same images.
  const chosen = chooseImages(count!, num, seed);
  const read: ReadImages =
    chosen.length === count!
      ? (start, n, out) => out.set(pixels(start, n))
      : readEach(imageBytes, (index, out) => out.set(pixels(chosen[index]!, 1)));
  return {
    name: basename(path, '.npz'),
    length: chosen.length,
    format: { imgResolution: height!, imgChannels: channels! },
    batches: (signal) => imageBatches({ length: chosen.length, imageBytes }, read, signal),
    close() {},
  };
}

async function* imageBatches(
  { length, imageBytes }: { length: number; imageBytes: number },
  read: ReadImages,
  signal: AbortSignal,
): AsyncGenerator<ImageBatch> {
  for (let start = 0; start < length; start += BATCH) {
    // Lets Ctrl-C through: reading and detecting are synchronous.
    await setImmediate();
    signal.throwIfAborted();
    const count = Math.min(BATCH, length - start);
    const images = new Uint8Array(count * imageBytes);
    read(start, count, images);
    yield { images, count };
  }
}

/** Adapts a one-image reader to read several images. */
function readEach(imageBytes: number, readOne: (index: number, out: Uint8Array<ArrayBuffer>) => void): ReadImages {
  return (start, count, out) => {
    for (let i = 0; i < count; i++) readOne(start + i, out.subarray(i * imageBytes, (i + 1) * imageBytes));
  };
}
