import { setImmediate } from 'node:timers/promises';
import { ALONE, gatherJson, shareOf, type Communicator } from '@onestep/diffusion-core';
import { chooseImages, openPictures, PictureCensus, type Picture, type Pictures } from '@onestep/datasets';
import { prepareImages, type FeatureExtractor, type ImageBatch, type Metric } from '@onestep/metrics';
import { openNpz } from '@onestep/checkpoint/node';
import { MIN_IMAGES } from './scores.js';
import { describeLeftOut, readSampleNote } from '../images/sample-note.js';
import { UserError } from '../user-error.js';
import type { ImageFormat } from './detector.js';
import type { EvaluatedImages } from './trials.js';

/** Number of images read at a time. */
const BATCH = 128;

/** Images in files. */
export interface ImageFiles {
  name: string;
  /** Number of images, of all processes. */
  length: number;
  /** Index of this process's first image. */
  first: number;
  /** Number of images that this process reads. */
  count: number;
  /** Null for images that are of several sizes, not square, or not known to be of one. */
  format: ImageFormat | null;
  /** What is counted, and what is not. */
  notes: readonly string[];
  /** Reads the images of this process in order, for an extractor of their format, or for one that prepares them. */
  batches(extractor: FeatureExtractor, signal: AbortSignal): AsyncIterable<ImageBatch>;
  /** What is odd about the images that were read, by all processes. @param input side of the detector's input */
  remarks(input: number): Promise<string[]>;
  close(): void;
}

/** A subset of the images in files. */
export interface ImageChoice {
  /** Number of images. If there are more, they are chosen at random. Left out, all images. */
  num?: number;
  /** Seed of the random choice. */
  seed?: number;
  /** Metrics whose names state the number, for messages. */
  metrics?: readonly Metric[];
  /** The processes that read a share each. Left out, this one reads all. */
  communicator?: Communicator;
}

/**
 * Opens images: whatever `onestep dataset convert` reads, of any sizes. In a folder that `onestep generate` wrote, the images
 * are those of its note.
 *
 * @throws UserError if there are fewer images than `num`
 */
export async function openImages(
  path: string,
  { num, seed = 0, metrics, communicator = ALONE }: ImageChoice = {},
): Promise<ImageFiles> {
  const note = await readSampleNote(path);
  const pictures = await openPictures(path, note === null ? {} : { only: note });
  if (num !== undefined && pictures.count < num) {
    pictures.close();
    throw tooFewError(pictures, num, metrics);
  }
  // The same choice as the published reader makes from the same images.
  const chosen = chooseImages(pictures.count, num, seed);
  const { start, end } = shareOf(chosen.length, communicator);
  const census = new PictureCensus(path);
  const format = formatOf(pictures);
  return {
    name: pictures.name,
    length: chosen.length,
    first: start,
    count: end - start,
    format,
    notes: [...pictures.notes.map((note) => `${path}: ${note}`), ...describeLeftOut(pictures)],
    batches: (extractor, signal) => {
      const counted = count(pictures.images(chosen.subarray(start, end)), census, signal);
      return format === null ? prepareImages(extractor, counted) : inBatches(counted);
    },
    remarks: async (input) => {
      const all = new PictureCensus(path);
      for (const counts of await gatherJson(communicator, census.counts())) all.merge(counts);
      return all.remarks(input);
    },
    close: () => pictures.close(),
  };
}

/**
 * Checks that files hold enough images, and returns them as images to evaluate.
 *
 * @param choice largest number of images that will be read, and the seed of the random choice, if there are more
 * @throws UserError if there are fewer than `num`
 */
export async function imagesInFiles(
  path: string,
  { num, seed, metrics, communicator = ALONE }: ImageChoice,
): Promise<EvaluatedImages> {
  const { format, notes, close } = await openImages(path, { num, seed, metrics });
  close();
  let remarks: ImageFiles['remarks'] = async () => [];
  return {
    format,
    notes,
    remarks: (input) => remarks(input),
    description: `from ${path}`,
    open({ count, signal, onProgress }, extractor) {
      const { start, end } = shareOf(count, communicator);
      async function* batches(): AsyncGenerator<ImageBatch> {
        const files = await openImages(path, { num: count, seed, communicator });
        remarks = files.remarks;
        let done = 0;
        try {
          for await (const batch of files.batches(extractor, signal)) {
            onProgress?.((done += batch.count));
            yield batch;
          }
        } finally {
          files.close();
        }
      }
      return { first: start, count: end - start, batches: batches() };
    },
  };
}

/** Number of images in files. */
export async function countImages(path: string): Promise<number> {
  const files = await openImages(path);
  files.close();
  return files.length;
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

/** Images of one square size are passed as they are; others are prepared one by one. */
function formatOf({ shape }: Pictures): ImageFormat | null {
  if (shape === null || shape.width !== shape.height || ![1, 3].includes(shape.channels)) return null;
  return { imgResolution: shape.width, imgChannels: shape.channels };
}

function tooFewError({ path, count }: Pictures, num: number, metrics: readonly Metric[] | undefined): UserError {
  if (count < MIN_IMAGES)
    return new UserError(`${path} has ${count} images; a measurement needs at least ${MIN_IMAGES}.`);
  const named = metrics?.map(({ family: { affixes } }) => affixes.join(String(count))).join(',');
  const advice = named === undefined ? `Pass --num ${count}.` : `Pass --metrics ${named}.`;
  return new UserError(`${path} has ${count} images, fewer than ${num}. ${advice}`);
}

/** Counts images on their way, and lets Ctrl-C through: reading and detecting may be synchronous. */
async function* count(
  images: AsyncIterable<Picture>,
  census: PictureCensus,
  signal: AbortSignal,
): AsyncGenerator<Picture> {
  let seen = 0;
  for await (const image of images) {
    if (seen++ % BATCH === 0) await setImmediate();
    signal.throwIfAborted();
    census.add(image);
    yield image;
  }
}

async function* inBatches(images: AsyncIterable<Picture>): AsyncGenerator<ImageBatch> {
  let pending: Picture[] = [];
  for await (const image of images) {
    pending.push(image);
    if (pending.length < BATCH) continue;
    yield joinPictures(pending);
    pending = [];
  }
  if (pending.length > 0) yield joinPictures(pending);
}

function joinPictures(pictures: readonly Picture[]): ImageBatch {
  const bytes = pictures[0]!.data.length;
  const images = new Uint8Array(pictures.length * bytes);
  pictures.forEach(({ data, name }, i) => {
    if (data.length !== bytes) throw new UserError(`${name} changed while it was read: it has another size.`);
    images.set(data, i * bytes);
  });
  return { images, count: pictures.length };
}
