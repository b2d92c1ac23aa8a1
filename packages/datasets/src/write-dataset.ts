import { convertImages, type PassOptions, type PassResult } from './conversion-pass.js';
import type { Destination } from './destination/destination.js';
import { openDestination } from './destination/open-destination.js';
import type { ImageSource } from './sources/source.js';

/** A data set that was made. */
export interface ConvertResult {
  path: string;
  numImages: number;
  /** Side of the images in pixels. */
  resolution: number;
  channels: number;
  /** Kind of the labels. There may be captions besides. */
  labelKind: 'none' | 'classes' | 'vectors';
  /** Number of classes, or length of the label vectors; 0 without labels. */
  labelDim: number;
  /** Number of classes (highest label + 1); 0 for a data set without labels or with vectors. */
  numClasses: number;
  /** One name per class; null if they have no names. */
  classNames: readonly string[] | null;
  /**
   * Images left out: too small for `center-crop-wide`, not readable where that is allowed, or records of an LMDB
   * database that are not images.
   */
  numSkipped: number;
  /** Images without a label in a source that has labels for others: the data set then has no labels. Else 0. */
  numUnlabeled: number;
  /** The first of the images without a label; null if `numUnlabeled` is 0. */
  firstUnlabeled: string | null;
  /** Number of images with a caption. */
  numCaptions: number;
  /** The first of the images without a caption, if others have one; null for none. */
  firstUncaptioned: string | null;
  /** Lines about what was chosen, left out and changed, such as `3 images have a palette: made RGB`. */
  notes: readonly string[];
}

/**
 * Writes a data set from an open source, which stays open. The destination appears when it is complete.
 *
 * @param source names it in messages
 * @throws if images cannot be used, or `dest` exists or cannot be written; nothing is left behind then
 */
export async function writeDataset(
  images: ImageSource,
  source: string,
  dest: string,
  overwrite: boolean,
  classNames: readonly string[] | null,
  pass: PassOptions,
): Promise<ConvertResult> {
  const destination = await openDestination(dest, overwrite);
  try {
    const made = await convertImages(images, destination, pass);
    const error = made.problems.error(source);
    if (error !== null) throw error;
    return await complete(made, images, source, dest, classNames, destination);
  } catch (error) {
    await destination.discard();
    throw error;
  }
}

async function complete(
  made: PassResult,
  images: ImageSource,
  source: string,
  dest: string,
  classNames: readonly string[] | null,
  destination: Destination,
): Promise<ConvertResult> {
  const { shape, labels, captions, changes, numImages, numSkipped } = made;
  if (shape === null) {
    throw new Error(
      `${source} has no images${numSkipped > 0 ? ` that can be used (${numSkipped} were left out)` : ''}.`,
    );
  }
  const { origin } = images;
  const json = { ...labels.entries(classNames), ...captions.entries(), ...(origin === undefined ? {} : { origin }) };
  await destination.add('dataset.json', Buffer.from(JSON.stringify(json)));
  await destination.commit();
  const { kind: labelKind, labelDim, numClasses, missing, firstMissing } = labels;
  const isPartly = missing > 0 && missing < numImages;
  return {
    path: dest,
    numImages,
    resolution: shape.width,
    channels: shape.channels,
    labelKind,
    labelDim,
    numClasses,
    classNames: numClasses > 0 ? (classNames?.slice(0, numClasses) ?? null) : null,
    numSkipped,
    numUnlabeled: isPartly ? missing : 0,
    firstUnlabeled: isPartly ? firstMissing : null,
    numCaptions: captions.count,
    firstUncaptioned: captions.count > 0 ? captions.firstMissing : null,
    notes: [...images.notes, ...changes.lines()],
  };
}
