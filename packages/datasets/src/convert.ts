import { access, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { assertTrainableShape, describeShape, sameShape, type ImageShape } from './image-shape.js';
import { encodePng } from './png/encode.js';
import { findSourceFormat } from './sources/index.js';
import type { SourceImage } from './sources/source.js';
import { StagedFile } from './staged-file.js';
import { StoredZipWriter } from './zip/writer.js';

/** Settings of {@link convertDataset}. */
export interface ConvertOptions {
  /** The images: `*-images-idx3-ubyte.gz` with its labels file beside it. */
  source: string;
  /** The ZIP file to make; its folder is made if need be. */
  dest: string;
  /** Converts only the first so many. Default: all. */
  maxImages?: number;
  /** Replace `dest` if it exists. Default: refuse. */
  overwrite?: boolean;
  /** Called after each image with the number done and the number there are to do. */
  onProgress?: (done: number, total: number) => void;
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
  /** Number of classes (highest label + 1), 0 for a data set without labels. */
  numClasses: number;
}

/**
 * Converts images into a data set in the format of StyleGAN's and EDM's `dataset_tool.py`: a ZIP file of uncompressed
 * PNG images `00000/img00000000.png`, ..., and `dataset.json` with the labels. `dest` appears when it is complete.
 *
 * @throws if the source is not valid, if `dest` exists or cannot be written
 */
export async function convertDataset(options: ConvertOptions): Promise<ConvertResult> {
  const { source, dest, maxImages = Infinity, overwrite = false, onProgress, signal } = options;
  if (maxImages !== Infinity && !(Number.isSafeInteger(maxImages) && maxImages > 0)) {
    throw new Error(`maxImages must be a whole number from 1 on, not ${maxImages}.`);
  }
  if (!dest.endsWith('.zip')) throw new Error(`The destination must be a .zip file, not ${dest}.`);
  if (!overwrite && (await exists(dest))) {
    throw new Error(`${dest} exists already; choose another destination, or allow overwriting it.`);
  }
  const images = await findSourceFormat(source).open(source);
  const total = Math.min(images.count, maxImages);
  const file = await createFile(dest);
  try {
    const zip = new StoredZipWriter(file);
    const labels: [string, number][] = [];
    let shape: ImageShape | null = null;
    let done = 0;
    for await (const image of images.images()) {
      signal?.throwIfAborted();
      shape = checkShape(image, shape);
      const name = entryName(done);
      await zip.add(name, encodePng(image.data, { ...shape, compressionLevel: 0 }));
      if (image.label !== null) labels.push([name, image.label]);
      done += 1;
      onProgress?.(done, total);
      if (done === total) break;
    }
    if (shape === null) throw new Error(`${source} has no images.`);
    const complete = labels.length === done;
    await zip.add('dataset.json', Buffer.from(JSON.stringify({ labels: complete ? labels : null })));
    await zip.end();
    await file.commit();
    const numClasses = complete ? labels.reduce((max, [, label]) => Math.max(max, label), -1) + 1 : 0;
    return { path: dest, numImages: done, resolution: shape.width, channels: shape.channels, numClasses };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** `00012/img00012345.png`: folders of a thousand images. */
function entryName(index: number): string {
  const digits = String(index).padStart(8, '0');
  return `${digits.slice(0, 5)}/img${digits}.png`;
}

/** @returns the size all images have. @throws if this one has another, or one that no network takes */
function checkShape({ name, width, height, channels }: SourceImage, first: ImageShape | null): ImageShape {
  const shape = { width, height, channels };
  if (first === null) {
    assertTrainableShape(shape, name);
    return shape;
  }
  if (!sameShape(shape, first)) {
    throw new Error(
      `${name} is ${describeShape(shape)} (width x height x channels) and the images before it are ` +
        `${describeShape(first)}; all images of a data set have one size.`,
    );
  }
  return first;
}

async function createFile(dest: string): Promise<StagedFile> {
  try {
    await mkdir(dirname(dest), { recursive: true });
  } catch (error) {
    throw new Error(`The folder of ${dest} cannot be made: ${(error as Error).message}.`, { cause: error });
  }
  return StagedFile.create(dest);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
