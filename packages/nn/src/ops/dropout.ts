import * as tf from '@tensorflow/tfjs-core';
import { drawn } from '../replayed.js';
import type { MaskRng } from '@onestep/random';

/**
 * Sets elements to zero with probability `rate` and scales the others by 1 / (1 - rate) (Srivastava et al. 2014).
 *
 * @param x [N, ...]
 * @param rng the mask is drawn on the host, so that the same numbers give the same mask on every engine
 * @throws if there is nothing to draw from, or `rate` is not in [0, 1)
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, rng: MaskRng | undefined): T {
  checkRate(rate);
  if (rate === 0) return x;
  if (rng === undefined) throw new Error('Dropout in training mode needs a MaskRng to draw its masks from.');
  const mask = drawn(() => dropoutMask(x.shape[0]!, x.size / x.shape[0]!, rate, rng), x.shape);
  return tf.mul(x, mask) as T;
}

/**
 * A mask of zeros, with probability `rate`, and 1 / (1 - rate).
 *
 * The gaps between zeros are geometric, so that a number is drawn for every zero and not for every element. Gaps come from
 * a table of their distribution in steps of 2^-16, looked up with 16 bits of a small fast generator for each image.
 *
 * @param n images; @param size elements of each
 */
export function dropoutMask(n: number, size: number, rate: number, rng: MaskRng): Float32Array {
  checkRate(rate);
  const mask = new Float32Array(n * size).fill(1 / (1 - rate));
  if (rate === 0) return mask;
  const gaps = gapTable(rate);
  const seeds = rng.seeds(n);
  for (let image = 0; image < n; image++) {
    // sfc32 (Doty-Humphrey, PractRand): 128 bits of state.
    let [a, b, c, d] = seeds.subarray(4 * image, 4 * image + 4) as unknown as [number, number, number, number];
    const end = (image + 1) * size;
    for (let at = image * size - 1; ;) {
      const random = (((a + b) | 0) + d) | 0;
      d = (d + 1) | 0;
      a = b ^ (b >>> 9);
      b = (c + (c << 3)) | 0;
      c = (((c << 21) | (c >>> 11)) + random) | 0;
      const gap = gaps[random >>> 16]!;
      // Longer than the table: so many elements without a zero, after which everything is as at the beginning.
      at += gap === LONGER ? LONGEST : gap;
      if (at >= end) break;
      if (gap !== LONGER) mask[at] = 0;
    }
  }
  return mask;
}

const LONGEST = 255;
/** Stands in the table for a gap of more than {@link LONGEST}. */
const LONGER = 0;
const tables = new Map<number, Uint8Array>();

/** How many elements on the next zero is, for each of 2^16 equally likely numbers. */
function gapTable(rate: number): Uint8Array {
  let table = tables.get(rate);
  if (table === undefined) {
    const logKeep = Math.log1p(-rate);
    table = Uint8Array.from({ length: 2 ** 16 }, (_, i) => {
      const gap = 1 + Math.floor(Math.log((i + 0.5) / 2 ** 16) / logKeep);
      return gap > LONGEST ? LONGER : gap;
    });
    tables.set(rate, table);
  }
  return table;
}

/** Outside of it the gaps would not be positive, and drawing them never end. */
function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`The dropout rate must be at least 0 and below 1, got ${rate}.`);
}
