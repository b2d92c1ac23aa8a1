import type { PixelImage } from '../image-shape.js';
import { resizeLanczos } from './lanczos.js';

/**
 * The largest centred square of an image, in RGB, resized. `center-crop` of `dataset_tool.py`.
 */
export function centerCrop(image: PixelImage, width: number, height: number): PixelImage {
  const side = Math.min(image.width, image.height);
  const [x, y] = [Math.floor((image.width - side) / 2), Math.floor((image.height - side) / 2)];
  return resizeLanczos(toRgb(crop(image, x, y, side, side)), width, height);
}

/**
 * Rows from the middle of an image, in RGB, resized to width x height and centred on a black square of side `width`:
 * `center-crop-wide` of `dataset_tool.py`. The number of rows is `width` times the image's height over its width, as there.
 *
 * @param height at most `width`
 * @returns null for an image that is too small: the tool leaves it out
 */
export function centerCropWide(image: PixelImage, width: number, height: number): PixelImage | null {
  const rows = roundHalfToEven((width * image.height) / image.width);
  if (image.width < width || rows < height) return null;
  const middle = crop(image, 0, Math.floor((image.height - rows) / 2), image.width, rows);
  const resized = resizeLanczos(toRgb(middle), width, height);
  const canvas = new Uint8Array(width * width * 3);
  canvas.set(resized.data, Math.floor((width - height) / 2) * width * 3);
  return { data: canvas, width, height: width, channels: 3 };
}

/** Gray images as RGB ones. */
export function toRgb(image: PixelImage): PixelImage {
  if (image.channels !== 1) return image;
  const data = new Uint8Array(image.data.length * 3);
  for (let i = 0; i < image.data.length; i++) data.fill(image.data[i]!, 3 * i, 3 * i + 3);
  return { ...image, data, channels: 3 };
}

function crop(image: PixelImage, x: number, y: number, width: number, height: number): PixelImage {
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * image.width + x) * channels;
    data.set(image.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { data, width, height, channels };
}

/** As NumPy rounds. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
