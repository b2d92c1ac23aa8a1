import type { Rng } from '@onestep/random';
import type { PixelImage } from '../../src/resize/pixel-image.js';
import { addNoise } from './draw-picture.js';

/** Makes a picture worse, by an amount in the unit of the degradation. */
export type Degradation = (image: PixelImage, amount: number, rng: Rng) => PixelImage;

/** Blurs with a Gaussian. The amount is its standard deviation in pixels. */
export const blur: Degradation = (image, sigma) => {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) => Math.exp(-((i - reach) ** 2) / (2 * sigma ** 2)));
  const total = weights.reduce((a, b) => a + b, 0);
  const { width, height, channels } = image;
  const along = (data: ArrayLike<number>, length: number, step: number) =>
    Float64Array.from(data, (_, at) => {
      const place = Math.floor(at / step) % length;
      return weights.reduce((sum, weight, i) => {
        const other = Math.min(length - 1, Math.max(0, place + i - reach));
        return sum + (weight / total) * data[at + (other - place) * step]!;
      }, 0);
    });
  const rows = along(image.data, width, channels);
  return { ...image, data: Uint8Array.from(along(rows, height, width * channels), Math.round) };
};

/** Adds normal noise. The amount is its standard deviation, 0 to 255. */
export const noise: Degradation = addNoise;

/** Moves colors toward gray. The amount is the fraction of the way. */
export const desaturate: Degradation = (image, amount) => {
  const data = image.data.slice();
  for (let i = 0; i < data.length; i += 3) {
    const gray = (data[i]! + data[i + 1]! + data[i + 2]!) / 3;
    for (let c = 0; c < 3; c++) data[i + c] = Math.round(data[i + c]! + amount * (gray - data[i + c]!));
  }
  return { ...image, data };
};

/** Side of JPEG's blocks. */
const BLOCK = 8;
const COSINES = Array.from({ length: BLOCK }, (_, k) =>
  Array.from(
    { length: BLOCK },
    (_, x) => Math.sqrt((k === 0 ? 1 : 2) / BLOCK) * Math.cos(((2 * x + 1) * k * Math.PI) / (2 * BLOCK)),
  ),
);

/** Rounds the cosine coefficients of 8x8 blocks to multiples that grow with the frequency, as JPEG does. */
export const quantize: Degradation = (image, amount) => {
  const { width, height, channels } = image;
  const data = image.data.slice();
  for (let top = 0; top < height; top += BLOCK) {
    for (let left = 0; left < width; left += BLOCK) {
      for (let c = 0; c < channels; c++) {
        const at = (y: number, x: number) => ((top + y) * width + left + x) * channels + c;
        const block = COSINES.map((_, y) => COSINES.map((_, x) => image.data[at(y, x)]! - 128));
        const coefficients = transform(block, (k, x) => COSINES[k]![x]!).map((row, u) =>
          row.map((value, v) => Math.round(value / (amount * (1 + u + v))) * amount * (1 + u + v)),
        );
        transform(coefficients, (x, k) => COSINES[k]![x]!).forEach((row, y) =>
          row.forEach((value, x) => (data[at(y, x)] = Math.min(255, Math.max(0, Math.round(value + 128))))),
        );
      }
    }
  }
  return { ...image, data };
};

/** M B M^T for an 8x8 block. */
function transform(block: readonly number[][], m: (row: number, column: number) => number): number[][] {
  const product = (of: (i: number) => number) => {
    let sum = 0;
    for (let i = 0; i < BLOCK; i++) sum += of(i);
    return sum;
  };
  const half = block.map((_, k) => block.map((_, x) => product((y) => m(k, y) * block[y]![x]!)));
  return half.map((row) => block.map((_, v) => product((x) => row[x]! * m(v, x))));
}
