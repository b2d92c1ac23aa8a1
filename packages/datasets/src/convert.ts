import { checkClassNames } from './class-names.js';
import { ConvertedLabels } from './converted-labels.js';
import { openDestination } from './destination/open-destination.js';
import { assertTrainableShape, describeShape, isSameShape, type ImageShape } from './image-shape.js';
import { encodePng } from './png/encode.js';
import { findSourceFormat } from './sources/index.js';
import { makeTransform, type Resolution, type TransformName } from './transform/index.js';

/** Settings of {@link convertDataset}. */
export interface ConvertOptions {
  /**
   * The images: a folder, `.zip`, `cifar-10-python.tar.gz`, `*-images-idx3-ubyte.gz`, a folder `*_lmdb`,
   * `.npy` or `.npz`.
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
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Called for each image that is left out, with the reason. */
  onSkipped?: (reason: string) => void;
  /** Stops the conversion, which then leaves nothing behind and throws the signal's reason. */
  signal?: AbortSignal;
}

/** A data set that was made. */
export interface ConvertResult {
  path: string;
  numImages: number;
  /** Side of the images in pixels. */
  resolution: number;
  channels: number;
  /** Number of classes (highest label + 1); 0 for a data set without labels or with vectors. */
  numClasses: number;
  /** One name per class; null if they have no names. */
  classNames: readonly string[] | null;
  /** Images left out: too small for `center-crop-wide`, or records of an LMDB database that are not images. */
  numSkipped: number;
  /** Images without a label in a source that has labels for others: the data set then has no labels. Else 0. */
  numUnlabeled: number;
}

/**
 * Converts images to a data set in the format of StyleGAN's and EDM's `dataset_tool.py`: uncompressed PNG
 * images `00000/img00000000.png`, ..., and `dataset.json` with the labels. Names, order and pixels are the
 * same as there. The same images always make the same file. `dest` appears when it is complete.
 *
 * @throws if an option or the source is not valid, or `dest` exists or cannot be written; nothing is left
 *   behind then
 */
export async function convertDataset(options: ConvertOptions): Promise<ConvertResult> {
  const { source, dest, maxImages = Infinity, overwrite = false, onProgress, onSkipped, signal } = options;
  if (maxImages !== Infinity && !(Number.isSafeInteger(maxImages) && maxImages > 0)) {
    throw new Error(`maxImages must be a whole number from 1 on, not ${maxImages}.`);
  }
  const transform = makeTransform(options.transform, options.resolution);
  const images = await findSourceFormat(source).open(source);
  try {
    const classNames =
      options.classNames === undefined
        ? images.classNames
        : checkClassNames(options.classNames, images.numClasses, source);
    const total = Math.min(images.count, maxImages);
    const destination = await openDestination(dest, overwrite);
    try {
      const labels = new ConvertedLabels();
      let shape: ImageShape | null = null;
      let [index, numImages, numSkipped] = [0, 0, 0];
      const skip = (reason: string) => {
        numSkipped += 1;
        onSkipped?.(reason);
      };
      for await (const image of images.images(total)) {
        signal?.throwIfAborted();
        if ('problem' in image) {
          skip(image.problem);
          continue;
        }
        // Images that a transform leaves out keep their numbers, as in the published tool.
        const name = nameImage(index++);
        const made = transform(image);
        if (made === null) {
          skip(`${image.name}: ${image.width}x${image.height} is too small for ${options.transform}.`);
        } else {
          shape = checkShape(image.name, made, shape);
          await destination.add(name, encodePng(made.data, { ...shape, compressionLevel: 0 }));
          labels.add(name, image.label, image.name);
          numImages += 1;
        }
        onProgress?.(numImages + numSkipped, total);
      }
      if (shape === null) throw new Error(`${source} has no images${numSkipped > 0 ? ' that can be used' : ''}.`);
      await destination.add('dataset.json', Buffer.from(labels.json(classNames)));
      await destination.commit();
      const { numClasses, missing } = labels;
      return {
        path: dest,
        numImages,
        resolution: shape.width,
        channels: shape.channels,
        numClasses,
        classNames: numClasses > 0 ? (classNames?.slice(0, numClasses) ?? null) : null,
        numSkipped,
        numUnlabeled: missing < numImages ? missing : 0,
      };
    } catch (error) {
      await destination.discard();
      throw error;
    }
  } finally {
    images.close?.();
  }
}

/** Name of an image's file, such as `00012/img00012345.png`: a folder has a thousand images. */
function nameImage(index: number): string {
  const digits = String(index).padStart(8, '0');
  return `${digits.slice(0, 5)}/img${digits}.png`;
}

/**
 * @param first size of the first image; null if this is the first one
 * @returns the size of all images
 * @throws if this image has another size, or one that networks do not take
 */
function checkShape(name: string, { width, height, channels }: ImageShape, first: ImageShape | null): ImageShape {
  const shape = { width, height, channels };
  if (first === null) {
    assertTrainableShape(shape, name, 'give a resolution, or a transform and a resolution');
    return shape;
  }
  if (!isSameShape(shape, first)) {
    throw new Error(
      `${name} is ${describeShape(shape)} (width x height x channels) and the images before it are ` +
        `${describeShape(first)}; all images of a data set have one size. Give a resolution, or a transform and a resolution, to make them so.`,
    );
  }
  return first;
}
