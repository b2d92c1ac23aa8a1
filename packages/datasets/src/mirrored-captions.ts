import type { ImageDataset } from './dataset.js';

/** Words that are wrong for the mirrored image. */
const SIDES = /(?<!\p{L})(left|right)(?:most|ward|wards|-hand)?(?!\p{L})/iu;

/** Captions that a mirrored copy of their image makes wrong. */
export interface MirroredCaptions {
  /** Number of images whose caption says left or right, without the copies. */
  count: number;
  /** One of the captions. */
  example: string;
}

/**
 * Counts the images whose mirrored copies have a wrong caption, because it says left or right.
 *
 * @returns null if there are none, or the data set was opened without `xflip` or without captions
 */
export function mirroredCaptions(dataset: ImageDataset): MirroredCaptions | null {
  if (dataset.options.xflip !== true || !dataset.hasCaptions) return null;
  // The second half are the copies.
  const captions = Array.from({ length: dataset.length / 2 }, (_, index) => dataset.captionAt(index));
  const wrong = captions.filter((caption) => SIDES.test(caption));
  return wrong.length === 0 ? null : { count: wrong.length, example: wrong[0]! };
}
