import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConversionProblems } from './conversion-problems.js';
import { ConvertedCaptions } from './converted-captions.js';
import { ConvertedLabels } from './converted-labels.js';
import { ChangeCounts } from './decoding/image-change.js';
import type { Destination } from './destination/destination.js';
import { assertTrainableShape, isSameShape, type ImageShape, type PixelImage } from './image-shape.js';
import { encodePng } from './png/encode.js';
import type { ImageSource, SourceImage, UnreadableImage } from './sources/source.js';
import { toRgb } from './transform/crop.js';
import type { Transform } from './transform/index.js';

/** Settings of {@link convertImages}. */
export interface PassOptions {
  transform: Transform;
  /** Name of the transform, for messages. */
  transformName: string | undefined;
  maxImages: number;
  /** Whether gray images are made RGB. */
  isRgb: boolean;
  /** Whether images that cannot be read are left out. */
  skipsUnreadable: boolean;
  onProgress?: (done: number, total: number) => void;
  onSkipped?: (reason: string) => void;
  signal?: AbortSignal;
}

/** What a pass over the images of a source made. */
export interface PassResult {
  numImages: number;
  numSkipped: number;
  /** Size of all images; null if there are none. */
  shape: ImageShape | null;
  labels: ConvertedLabels;
  captions: ConvertedCaptions;
  changes: ChangeCounts;
  problems: ConversionProblems;
}

/** Thrown where a color image comes after gray ones: all images have to be made RGB, from the first one on. */
export class ColorAfterGray extends Error {}

/**
 * Converts the images of a source, and writes them. When one cannot be used, the others are still read, so that all
 * problems are known at the end; nothing more is written then.
 *
 * @throws ColorAfterGray, or if an image has a size or a label that no data set can have
 */
export async function convertImages(
  source: ImageSource,
  destination: Destination,
  options: PassOptions,
): Promise<PassResult> {
  const { maxImages, onProgress, onSkipped, signal } = options;
  const problems = new ConversionProblems();
  const labels = new ConvertedLabels();
  const captions = new ConvertedCaptions();
  const changes = new ChangeCounts();
  const total = Math.min(source.count, maxImages);
  let shape: ImageShape | null = null;
  let [index, numImages, numSkipped, isSpoiled] = [0, 0, 0, false];
  const skip = (reason: string) => {
    numSkipped += 1;
    onSkipped?.(reason);
  };
  const take = async (image: SourceImage | UnreadableImage) => {
    if ('problem' in image) {
      if (image.isExpected === true || options.skipsUnreadable) return skip(image.problem);
      problems.addUnreadable(image.problem);
      isSpoiled = true;
      return;
    }
    // Images that a transform leaves out keep their numbers, as in the published tool.
    const name = nameImage(index++);
    const made = makeImage(image, options);
    if (made === null) {
      return skip(`${image.name}: ${image.width}x${image.height} is too small for ${options.transformName}.`);
    }
    if (shape === null) {
      assertTrainableShape(made, image.name, SIZE_ADVICE);
      shape = { width: made.width, height: made.height, channels: made.channels };
    }
    const { pixels, wasGray } = matchColors(made, shape);
    if (image.changes !== undefined) changes.add(image.changes);
    if (wasGray || made.wasGray) changes.add(['gray among RGB']);
    problems.addShape(pixels, image.name);
    isSpoiled ||= !isSameShape(pixels, shape);
    if (!isSpoiled) await destination.add(name, encodePng(pixels.data, { ...shape, compressionLevel: 0 }));
    labels.add(name, image.label, image.name);
    captions.add(name, image.caption, image.name);
    numImages += 1;
  };
  let done = 0;
  for await (const image of source.images(maxImages)) {
    signal?.throwIfAborted();
    await take(image);
    done += 1;
    onProgress?.(done, Math.max(total, done));
    // Lets Ctrl-C through where images are read without waiting.
    if (done % IMAGES_PER_TURN === 0) await nextTurn();
  }
  return { numImages, numSkipped, shape, labels, captions, changes, problems };
}

/** Images after which other work gets its turn. */
const IMAGES_PER_TURN = 64;
const SIZE_ADVICE =
  'make them so with --resolution WxH, or with --transform center-crop --resolution WxH, such as 64x64 (resolution, transform)';

/** @returns null for an image that the transform leaves out */
function makeImage(image: SourceImage, { transform, isRgb }: PassOptions): (PixelImage & { wasGray: boolean }) | null {
  const made = transform(image);
  if (made === null) return null;
  const wasGray = isRgb && made.channels === 1;
  return { ...(wasGray ? toRgb(made) : made), wasGray };
}

/** @throws ColorAfterGray if the images before were gray and this one is not */
function matchColors(image: PixelImage, { channels }: ImageShape): { pixels: PixelImage; wasGray: boolean } {
  if (image.channels === channels) return { pixels: image, wasGray: false };
  if (image.channels > channels) throw new ColorAfterGray();
  return { pixels: toRgb(image), wasGray: true };
}

/** Name of an image's file, such as `00012/img00012345.png`: a folder has a thousand images. */
function nameImage(index: number): string {
  const digits = String(index).padStart(8, '0');
  return `${digits.slice(0, 5)}/img${digits}.png`;
}
