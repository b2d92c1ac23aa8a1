import { reflectIndex } from '@onestep/diffusion-core';
import type { AugmentParameters } from './augment-parameters.js';
import type { AugmentSettings } from './augment-settings.js';

/**
 * Applies the transforms that move whole pixels, exactly: mirroring, quarter turns, whole-pixel moves.
 *
 * @param image size * size * channels numbers, HWC; changed in place
 */
export function movePixels(
  image: Float32Array,
  size: number,
  channels: number,
  { xflip, yflip, rotateInt, translateInt }: AugmentParameters,
  { translateIntMax }: AugmentSettings,
): void {
  const last = size - 1;
  const [right, up] = translateInt.map((share) => Math.round(share * size * translateIntMax)) as [number, number];
  if (xflip === 1) permute(image, size, channels, (y, x) => [y, last - x]);
  if (yflip === 1) permute(image, size, channels, (y, x) => [last - y, x]);
  for (let turn = 0; turn < rotateInt; turn++) permute(image, size, channels, (y, x) => [x, last - y]);
  if (right !== 0 || up !== 0) {
    permute(image, size, channels, (y, x) => [reflectIndex(y + up, size), reflectIndex(x - right, size)]);
  }
}

/** Replaces each pixel (y, x) by the pixel at `from(y, x)`. */
function permute(
  image: Float32Array,
  size: number,
  channels: number,
  from: (y: number, x: number) => readonly [number, number],
): void {
  const source = image.slice();
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const [row, column] = from(y, x);
      const start = (row * size + column) * channels;
      for (let channel = 0; channel < channels; channel++) image[at++] = source[start + channel]!;
    }
  }
}
