import { basename } from 'node:path';
import { chooseImages, openDataset } from '@onestep/datasets';
import type { ImageBatch } from '@onestep/metrics';
import { openNpz } from '@onestep/checkpoint/node';
import { UserError } from '../user-error.js';
import type { ImageFormat } from './detector.js';
import { eachImage, imageBatches } from './image-batches.js';

/** Images in files. */
export interface ImageSource {
  name: string;
  length: number;
  format: ImageFormat;
  /** All of them, in order. */
  batches(signal: AbortSignal): AsyncIterable<ImageBatch>;
  close(): void;
}

/** Which images of a source to take. */
export interface ImageChoice {
  /** So many, at random if there are more; left out, all. */
  num?: number;
  /** Seed of the choice. */
  seed?: number;
}

/**
 * Opens images: a data set (ZIP file or folder), or an `.npz` with `arr_0`, uint8 [N, H, W, C], as ADM's evaluator takes it.
 *
 * @throws UserError if there are fewer than asked for
 */
export async function openImages(path: string, { num, seed = 0 }: ImageChoice = {}): Promise<ImageSource> {
  const source = path.endsWith('.npz') ? await openImageArray(path, num, seed) : await openImageFiles(path, num, seed);
  if (num === undefined || source.length >= num) return source;
  source.close();
  throw new UserError(`${path} has ${source.length} images, and ${num} are asked for: give --num ${source.length}.`);
}

/** Whether an `.npz` file holds images, not only statistics. */
export async function hasImages(path: string): Promise<boolean> {
  return path.endsWith('.npz') && 'arr_0' in (await openNpz(path));
}

/** Whether a file is one of statistics: an `.npz` of ADM's may hold images alone. */
export async function hasStatistics(path: string): Promise<boolean> {
  return !path.endsWith('.npz') || 'mu' in (await openNpz(path)) || !(await hasImages(path));
}

async function openImageFiles(path: string, num: number | undefined, seed: number): Promise<ImageSource> {
  const dataset = await openDataset(path, { useLabels: false, maxSize: num, randomSeed: seed });
  return {
    name: dataset.name,
    length: dataset.length,
    format: { imgResolution: dataset.resolution, imgChannels: dataset.channels },
    batches: (signal) =>
      imageBatches(
        dataset,
        eachImage(dataset.imageBytes, (i, out) => dataset.imageAt(i, out)),
        signal,
      ),
    close: () => dataset.close(),
  };
}

async function openImageArray(path: string, num: number | undefined, seed: number): Promise<ImageSource> {
  const { arr_0: array } = await openNpz(path);
  const [count, height, width, channels] = array?.shape ?? [];
  if (array?.dtype !== 'U8' || array.shape.length !== 4 || height !== width) {
    const found = array === undefined ? 'no arr_0' : `arr_0 of ${array.dtype} [${array.shape}]`;
    throw new UserError(`${path} has ${found}, where images are expected: arr_0, uint8 [N, H, W, C], H = W.`);
  }
  const imageBytes = height! * width! * channels!;
  const pixels = (start: number, n: number) => array.elements(start * imageBytes, n * imageBytes) as Uint8Array;
  // The same choice as among the images of a data set.
  const chosen = chooseImages(count!, num, seed);
  const read =
    chosen.length === count!
      ? (start: number, n: number, out: Uint8Array<ArrayBuffer>) => out.set(pixels(start, n))
      : eachImage(imageBytes, (i, out) => out.set(pixels(chosen[i]!, 1)));
  return {
    name: basename(path, '.npz'),
    length: chosen.length,
    format: { imgResolution: height!, imgChannels: channels! },
    batches: (signal) => imageBatches({ length: chosen.length, imageBytes }, read, signal),
    close() {},
  };
}
