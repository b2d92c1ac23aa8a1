import type { ImageSource } from '../sources/source.js';
import { writeDataset, type ConvertResult } from '../write-dataset.js';
import type { DrawnDataset } from './drawn-dataset.js';
import { shapes } from './shapes/index.js';
import { toys } from './toys/index.js';

export { type DrawnDataset } from './drawn-dataset.js';

/** All data sets that can be drawn. A new one is a folder here and an entry in this list. */
export const DRAWN_DATASETS: readonly DrawnDataset[] = [toys, shapes];

/** Settings of {@link drawDataset}. */
export interface DrawOptions {
  /** Which data set: a name of {@link DRAWN_DATASETS}. */
  name: string;
  /** The `.zip` file or the empty folder to make. The folder it is in is made if it does not exist. */
  dest: string;
  /** Number of images, at most 2^32. The first ones are the same for every number. Default: 60,000. */
  numImages?: number;
  /** Side of the images in pixels, a power of two from 8 to 1024. Default: 32. */
  resolution?: number;
  /** Another seed gives other images of the same kind, such as test images. Default: 0. */
  seed?: number;
  /** Part of the data set, such as `held-out` of `shapes`. Default: the one to train with. */
  split?: string;
  /** Whether to replace `dest` if it is a ZIP file that exists. Default: false. */
  overwrite?: boolean;
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the drawing, which then leaves nothing behind and throws the signal's reason. */
  signal?: AbortSignal;
}

/** Sides in pixels that drawn images can have. */
export const DRAWN_SIDES: readonly number[] = [8, 16, 32, 64, 128, 256, 512, 1024];

/**
 * Draws a labeled or captioned data set of color images, for work on color without a download. The same options always make the
 * same file, on every machine. `dest` appears when it is complete.
 *
 * @throws if an option is not valid, or `dest` exists or cannot be written; nothing is left behind then
 */
export async function drawDataset(options: DrawOptions): Promise<ConvertResult> {
  const { name, dest, numImages = 60_000, resolution = 32, seed = 0, overwrite = false, onProgress, signal } = options;
  const drawn = DRAWN_DATASETS.find((candidate) => candidate.name === name);
  if (drawn === undefined) {
    const names = DRAWN_DATASETS.map((candidate) => candidate.name).join(', ');
    throw new RangeError(`name is one of the data sets that can be drawn (${names}), not ${JSON.stringify(name)}.`);
  }
  if (!Number.isSafeInteger(numImages) || numImages < 1 || numImages > 2 ** 32) {
    throw new RangeError(`numImages is a whole number from 1 to 2^32, not ${numImages}.`);
  }
  if (!DRAWN_SIDES.includes(resolution)) {
    throw new RangeError(`resolution is a power of two from 8 to 1024, not ${resolution}.`);
  }
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new RangeError(`seed is a whole number from 0 to 2^53 - 1, not ${seed}.`);
  }
  const { splits } = drawn;
  const { split = splits[0]! } = options;
  if (!splits.includes(split)) {
    throw new RangeError(`split is one of the parts of ${name} (${splits.join(', ')}), not ${JSON.stringify(split)}.`);
  }
  const source = imagesOf(drawn, { numImages, resolution, seed, split });
  return writeDataset(source, name, dest, overwrite, source.classNames, {
    transform: (image) => image,
    transformName: undefined,
    maxImages: numImages,
    isRgb: true,
    skipsUnreadable: false,
    onProgress,
    signal,
  });
}

type Drawing = Required<Pick<DrawOptions, 'numImages' | 'resolution' | 'seed' | 'split'>>;

function imagesOf(drawn: DrawnDataset, { numImages: count, resolution: side, seed, split }: Drawing): ImageSource {
  const { name, classNames, facts } = drawn;
  // Fewer images than classes show only the first ones.
  const shown = classNames.slice(0, count);
  return {
    count,
    numClasses: shown.length,
    classNames: shown.length === 0 ? null : shown,
    notes: [],
    origin: facts && { name, split, seed, ...facts },
    *images(limit) {
      for (let index = 0; index < Math.min(count, limit); index++) {
        yield {
          name: `${name} (image ${index})`,
          width: side,
          height: side,
          channels: 3,
          data: drawn.draw(seed, index, side, split),
          label: classNames.length === 0 ? null : index % classNames.length,
          caption: drawn.describe?.(seed, index, split),
        };
      }
    },
  };
}
