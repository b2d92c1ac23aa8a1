import type { Rng } from '@onestep/random';
import { RESOLUTION } from './fashion-cnn.js';

const MAX_SHIFT = 2;

/**
 * Shifts images by up to 2 pixels along each axis and mirrors each with probability 1/2. Uncovered pixels are black, as
 * the images' margins are.
 *
 * @param images uint8 gray pixels, [n, 32, 32]
 * @param rng draws three numbers per image
 * @returns new images, [n, 32, 32]
 */
export function augment(images: Uint8Array, rng: Rng): Uint8Array {
  const imageBytes = RESOLUTION * RESOLUTION;
  const count = images.length / imageBytes;
  const shifts = rng.integers(2 * count, 2 * MAX_SHIFT + 1);
  const flips = rng.integers(count, 2);
  const out = new Uint8Array(images.length);
  for (let i = 0; i < count; i++) {
    const [down, right] = [shifts[2 * i]! - MAX_SHIFT, shifts[2 * i + 1]! - MAX_SHIFT];
    for (let row = Math.max(0, down); row < RESOLUTION + Math.min(0, down); row++) {
      const from = i * imageBytes + (row - down) * RESOLUTION;
      const to = i * imageBytes + row * RESOLUTION;
      for (let column = Math.max(0, right); column < RESOLUTION + Math.min(0, right); column++) {
        const source = column - right;
        out[to + column] = images[from + (flips[i] === 1 ? RESOLUTION - 1 - source : source)]!;
      }
    }
  }
  return out;
}
