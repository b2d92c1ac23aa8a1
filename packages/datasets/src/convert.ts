import { openDestination } from './destination/destination.js';
import { ConvertedLabels } from './converted-labels.js';
import { assertTrainableShape, describeShape, sameShape, type ImageShape } from './image-shape.js';
import { encodePng } from './png/encode.js';
import { findSourceFormat } from './sources/index.js';
import { makeTransform, type Resolution, type TransformName } from './transform/index.js';

/** Settings of {@link convertDataset}. */
export interface ConvertOptions {
  /** The images: a folder, `.zip`, `cifar-10-python.tar.gz`, `*-images-idx3-ubyte.gz`, a folder `*_lmdb`, `.npy` or `.npz`. */
  source: string;
  /** The `.zip` file or the empty folder to make; the folder it is in is made if need be. */
  dest: string;
  /** What to do with every image. Default: resize it to `resolution`, if that is given. */
  transform?: TransformName;
  /** Size of the images, in pixels. Default: theirs. */
  resolution?: Resolution;
  /** Converts only the first so many images of the source. Default: all. */
  maxImages?: number;
  /** Replace `dest` if it is a ZIP file that exists. Default: refuse. */
  overwrite?: boolean;
  /** Called after each image with the number done and the number there are to do. */
  onProgress?: (done: number, total: number) => void;
  /** Called for each image that is left out, with the reason. */
  onSkipped?: (reason: string) => void;
  /** Stops the conversion; nothing is left behind then. */
  signal?: AbortSignal;
}

/** What was made. */
export interface ConvertResult {
  path: string;
  numImages: number;
  /** Side of the images in pixels. */
  resolution: number;
  channels: number;
  /** Number of classes (highest label + 1), 0 for a data set without labels or with vectors. */
  numClasses: number;
  /** Images left out: too small for `center-crop-wide`, or records of an LMDB database that are no images. */
  numSkipped: number;
  /** Images without a label in a source that has labels: the data set then has none. 0 where no image has one. */
  numUnlabelled: number;
}

/**
 * Converts images into a data set in the format of StyleGAN's and EDM's `dataset_tool.py`: uncompressed PNG images
 * `00000/img00000000.png`, ..., and `dataset.json` with the labels, with the same names, order and pixels as there. `dest` appears
 * when it is complete.
 *
 * @throws if the source is not valid, if `dest` exists or cannot be written
 */
export async function convertDataset(options: ConvertOptions): Promise<ConvertResult> {
  const { source, dest, maxImages = Infinity, overwrite = false, onProgress, onSkipped, signal } = options;
  if (maxImages !== Infinity && !(Number.isSafeInteger(maxImages) && maxImages > 0)) {
    throw new Error(`maxImages must be a whole number from 1 on, not ${maxImages}.`);
  }
  const transform = makeTransform(options.transform, options.resolution);
  const images = await findSourceFormat(source).open(source);
  try {
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
        // Images that a transform leaves out keep their number, as in the published tool.
        const name = entryName(index++);
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
      await destination.add('dataset.json', Buffer.from(labels.json()));
      await destination.commit();
      const { numClasses, missing } = labels;
      const numUnlabelled = missing < numImages ? missing : 0;
      const { width: resolution, channels } = shape;
      return { path: dest, numImages, resolution, channels, numClasses, numSkipped, numUnlabelled };
    } catch (error) {
      await destination.discard();
      throw error;
    }
  } finally {
    images.close?.();
  }
}

/** `00012/img00012345.png`: folders of a thousand images. */
function entryName(index: number): string {
  const digits = String(index).padStart(8, '0');
  return `${digits.slice(0, 5)}/img${digits}.png`;
}

/** @returns the size all images have. @throws if this one has another, or one that no network takes */
function checkShape(name: string, { width, height, channels }: ImageShape, first: ImageShape | null): ImageShape {
  const shape = { width, height, channels };
  if (first === null) {
    assertTrainableShape(shape, name);
    return shape;
  }
  if (!sameShape(shape, first)) {
    throw new Error(
      `${name} is ${describeShape(shape)} (width x height x channels) and the images before it are ` +
        `${describeShape(first)}; all images of a data set have one size. A transform or a resolution makes them so.`,
    );
  }
  return first;
}
