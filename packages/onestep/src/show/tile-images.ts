import type { SampledImage } from '../sampling/sample-in-batches.js';

/** How images are laid out. */
export interface TileOptions {
  /** Images in a row. Default: the square root of their number, rounded up. */
  columns?: number;
  /** Width and height of a pixel in the picture. Default: 1. */
  scale?: number;
}

/** The value of what no image covers. */
const BACKGROUND = 255;
/** Pixels between images. */
const GAP = 2;

/**
 * Lays images of one size out in rows, as one picture on white.
 *
 * @throws RangeError if there are none, they differ in size, or an option is not a whole number from 1
 */
export function tileImages(
  images: readonly SampledImage[],
  { columns = Math.ceil(Math.sqrt(images.length)), scale = 1 }: TileOptions = {},
): SampledImage {
  const [first] = images;
  if (first === undefined) throw new RangeError('There are no images to show: pass at least one.');
  const { width, height, channels } = first;
  const other = images.find((each) => each.width !== width || each.height !== height || each.channels !== channels);
  if (other !== undefined) {
    const [one, two] = [first, other].map((each) => `${each.width}x${each.height}x${each.channels}`);
    throw new RangeError(`Images of one size can be shown together, not ${one} and ${two}.`);
  }
  for (const [name, value] of Object.entries({ columns, scale })) {
    if (!Number.isInteger(value) || value < 1)
      throw new RangeError(`${name} must be a whole number from 1, not ${value}.`);
  }
  const across = Math.min(columns, images.length);
  const rows = Math.ceil(images.length / across);
  const tile = { width: width * scale + GAP, height: height * scale + GAP };
  const picture = { width: across * tile.width - GAP, height: rows * tile.height - GAP, channels };
  const data = new Uint8Array(picture.width * picture.height * channels).fill(BACKGROUND);
  for (const [i, image] of images.entries()) {
    const [left, top] = [(i % across) * tile.width, Math.floor(i / across) * tile.height];
    for (let y = 0; y < height * scale; y++) {
      for (let x = 0; x < width * scale; x++) {
        const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
        data.set(image.data.subarray(from, from + channels), ((top + y) * picture.width + left + x) * channels);
      }
    }
  }
  return { ...picture, data };
}
