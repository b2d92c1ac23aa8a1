import * as tf from '@tensorflow/tfjs-core';
import type { MaskRng } from '@onestep/random';
import { drawTensor } from '../compile-step.js';

/**
 * Sets elements to zero with probability `rate` and scales the others by 1 / (1 - rate) (Srivastava et al.
 * 2014).
 *
 * @param x [N, ...]
 * @param rate in [0, 1)
 * @param rng source of the mask, which is drawn on the host: the same numbers give the same mask on every
 *   engine. It may be undefined if `rate` is 0
 * @returns [N, ...]
 * @throws if `rng` is missing, or `rate` is out of range
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, rng: MaskRng | undefined): T {
  checkRate(rate);
  if (rate === 0) return x;
  if (rng === undefined) throw new Error('Dropout in training mode needs a MaskRng to draw its masks from.');
  const mask = drawTensor(() => dropoutMask(x.shape[0]!, x.size / x.shape[0]!, rate, rng), x.shape);
  return tf.mul(x, mask) as T;
}

/**
 * Draws a dropout mask: zeros, with probability `rate`, and 1 / (1 - rate).
 *
 * The gaps between zeros have a geometric distribution, so that a number is drawn for every zero and not for
 * every element. A gap is looked up in a table of this distribution in steps of 2^-16, with 16 bits of a
 * small fast generator for each image.
 *
 * @param n number of images
 * @param size elements per image
 * @returns [n, size]
 */
export function dropoutMask(n: number, size: number, rate: number, rng: MaskRng): Float32Array {
  checkRate(rate);
  const mask = new Float32Array(n * size).fill(1 / (1 - rate));
  if (rate === 0) return mask;
  const gaps = getGapTable(rate);
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
      // A gap beyond the table: LONGEST elements without a zero, then a new gap (the geometric distribution
      // has no memory).
      at += gap === LONGER ? LONGEST : gap;
      if (at >= end) break;
      if (gap !== LONGER) mask[at] = 0;
    }
  }
  return mask;
}

const LONGEST = 255;
/** Entry of the table for a gap of more than {@link LONGEST}. */
const LONGER = 0;
const tables = new Map<number, Uint8Array>();

/** Distance to the next zero, for each of 2^16 equally likely numbers. */
function getGapTable(rate: number): Uint8Array {
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

/** With other rates, gaps would not be positive and drawing would not end. */
function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1))
    throw new RangeError(`The dropout rate must be at least 0 and less than 1, got ${rate}.`);
}
