import type { PixelImage } from '../image-shape.js';
import { resizeLanczos } from './lanczos.js';

/**
 * Crops the largest centered square of an image, resizes it, and makes it RGB: `center-crop` of
 * `dataset_tool.py`.
 */
export function centerCrop(image: PixelImage, width: number, height: number): PixelImage {
  const side = Math.min(image.width, image.height);
  const [x, y] = [Math.floor((image.width - side) / 2), Math.floor((image.height - side) / 2)];
  return toRgb(resizeLanczos(image, width, height, { x, y, width: side, height: side }));
}

/**
 * Crops rows from the middle of an image, resizes them to width x height, and centers them on a black RGB
 * square of side `width`: `center-crop-wide` of `dataset_tool.py`. As there, the number of rows is `width`
 * times the image's height over its width.
 *
 * @param height at most `width`
 * @returns null for an image that is too small, which the tool leaves out
 */
export function centerCropWide(image: PixelImage, width: number, height: number): PixelImage | null {
  const rows = roundHalfToEven((width * image.height) / image.width);
  if (image.width < width || rows < height) return null;
  const y = Math.floor((image.height - rows) / 2);
  const resized = toRgb(resizeLanczos(image, width, height, { x: 0, y, width: image.width, height: rows }));
  const canvas = new Uint8Array(width * width * 3);
  canvas.set(resized.data, Math.floor((width - height) / 2) * width * 3);
  return { data: canvas, width, height: width, channels: 3 };
}

/** Converts gray images to RGB. */
export function toRgb(image: PixelImage): PixelImage {
  if (image.channels !== 1) return image;
  const data = new Uint8Array(image.data.length * 3);
  for (let i = 0; i < image.data.length; i++) {
    const value = image.data[i]!;
    data[3 * i] = value;
    data[3 * i + 1] = value;
    data[3 * i + 2] = value;
  }
  return { ...image, data, channels: 3 };
}

/** Rounds as NumPy does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
