import { checkClassNames } from './class-names.js';
import { ColorAfterGray, type PassOptions } from './conversion-pass.js';
import { ON_ERROR, type OnError } from './conversion-problems.js';
import { openImageSource } from './sources/index.js';
import type { SourceChoice } from './sources/source.js';
import { makeTransform, type Resolution, type TransformName } from './transform/index.js';
import { writeDataset, type ConvertResult } from './write-dataset.js';

/** Settings of {@link convertDataset}. */
export interface ConvertOptions extends SourceChoice {
  /**
   * The images: a folder, a ZIP or tar archive, CIFAR-10 or CIFAR-100, IDX files (MNIST), Parquet files, WebDataset
   * shards, an LMDB database of LSUN, `.npy` or `.npz`. What it is, is recognized by its contents. A path with braces
   * stands for several files: `shard-{000..010}.tar`.
   */
  source: string;
  /** The `.zip` file or the empty folder to make. The folder it is in is made if it does not exist. */
  dest: string;
  /** Crop of every image, before it is resized. Default: none. */
  transform?: TransformName;
  /** Size that the images are resized to, in pixels. Default: their own. */
  resolution?: Resolution;
  /** Number of images to convert, the first ones of the source. Default: all. */
  maxImages?: number;
  /**
   * Names of the classes in label order, one per class of the source. Default: those of the source, if it has
   * them.
   */
  classNames?: readonly string[];
  /** Whether to replace `dest` if it is a ZIP file that exists. Default: false. */
  overwrite?: boolean;
  /**
   * What to do about images that cannot be read: `stop` makes nothing, and the error lists all of them; `skip` leaves
   * them out. Default: `stop`.
   */
  onError?: OnError;
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Called for each image that is left out, with the reason. */
  onSkipped?: (reason: string) => void;
  /** Stops the conversion, which then leaves nothing behind and throws the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Converts images to a data set in the format of StyleGAN's and EDM's `dataset_tool.py`: uncompressed PNG
 * images `00000/img00000000.png`, ..., and `dataset.json` with the labels. Names, order and pixels are the
 * same as there. The same images always make the same file. `dest` appears when it is complete.
 *
 * Images are gray if all of them are, else RGB.
 *
 * @throws if an option or the source is not valid, images cannot be read, or `dest` exists or cannot be written;
 *   nothing is left behind then
 */
export async function convertDataset(options: ConvertOptions): Promise<ConvertResult> {
  const {
    source,
    dest,
    split,
    labels,
    captions,
    maxImages = Infinity,
    overwrite = false,
    onError = 'stop',
    signal,
  } = options;
  if (maxImages !== Infinity && !(Number.isSafeInteger(maxImages) && maxImages > 0)) {
    throw new Error(`maxImages must be a whole number from 1 on, not ${maxImages}.`);
  }
  if (!ON_ERROR.includes(onError)) throw new Error(`onError must be stop or skip, not ${String(onError)}.`);
  const transform = makeTransform(options.transform, options.resolution);
  const images = await openImageSource(source, { split, labels, captions }, signal);
  try {
    const classNames =
      options.classNames === undefined
        ? images.classNames
        : checkClassNames(options.classNames, images.numClasses, source);
    let numReported = 0;
    const pass: PassOptions = {
      transform,
      transformName: options.transform,
      maxImages,
      isRgb: false,
      skipsUnreadable: onError === 'skip',
      onProgress: options.onProgress,
      onSkipped(reason) {
        numReported += 1;
        options.onSkipped?.(reason);
      },
      signal,
    };
    try {
      return await writeDataset(images, source, dest, overwrite, classNames, pass);
    } catch (error) {
      if (!(error instanceof ColorAfterGray)) throw error;
      // What was left out is left out again.
      let reported = numReported;
      const onSkipped = (reason: string) => void (reported-- > 0 || options.onSkipped?.(reason));
      return await writeDataset(images, source, dest, overwrite, classNames, { ...pass, onSkipped, isRgb: true });
    }
  } finally {
    images.close?.();
  }
}
