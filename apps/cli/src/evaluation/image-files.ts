import { setImmediate } from 'node:timers/promises';
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
  length: number;
  /** Null for images that are of several sizes, not square, or not known to be of one. */
  format: ImageFormat | null;
  /** What is counted, and what is not. */
  notes: readonly string[];
  /** Reads all images in order, for an extractor of their format, or for one that prepares them. */
  batches(extractor: FeatureExtractor, signal: AbortSignal): AsyncIterable<ImageBatch>;
  /** What is odd about the images that were read. @param input side of the detector's input */
  remarks(input: number): string[];
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
}

/**
 * Opens images: whatever `onestep dataset convert` reads, of any sizes. In a folder that `onestep generate` wrote, the images
 * are those of its note.
 *
 * @throws UserError if there are fewer images than `num`
 */
export async function openImages(path: string, { num, seed = 0, metrics }: ImageChoice = {}): Promise<ImageFiles> {
  const note = await readSampleNote(path);
  const pictures = await openPictures(path, note === null ? {} : { only: note });
  if (num !== undefined && pictures.count < num) {
    pictures.close();
    throw tooFewError(pictures, num, metrics);
  }
  // The same choice as the published reader makes from the same images.
  const chosen = chooseImages(pictures.count, num, seed);
  const census = new PictureCensus(path);
  const format = formatOf(pictures);
  return {
    name: pictures.name,
    length: chosen.length,
    format,
    notes: [...pictures.notes.map((note) => `${path}: ${note}`), ...describeLeftOut(pictures)],
    batches: (extractor, signal) => {
      const counted = count(pictures.images(chosen), census, signal);
      return format === null ? prepareImages(extractor, counted) : inBatches(counted);
    },
    remarks: (input) => census.remarks(input),
    close: () => pictures.close(),
  };
}

/**
 * Checks that files hold enough images, and returns them as images to evaluate.
 *
 * @param choice largest number of images that will be read, and the seed of the random choice, if there are more
 * @throws UserError if there are fewer than `num`
 */
export async function imagesInFiles(path: string, { num, seed, metrics }: ImageChoice): Promise<EvaluatedImages> {
  const { format, notes, close } = await openImages(path, { num, seed, metrics });
  close();
  let remarks: ImageFiles['remarks'] = () => [];
  return {
    format,
    notes,
    remarks: (input) => remarks(input),
    description: `from ${path}`,
    async *open({ count, signal, onProgress }, extractor) {
      const files = await openImages(path, { num: count, seed });
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
