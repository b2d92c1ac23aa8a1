import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../rng/rng.js';

/**
 * Sets elements to zero with probability `rate` and scales the others by 1 / (1 - rate) (Srivastava et al. 2014).
 *
 * @param rng the mask is drawn on the host, so that the same stream gives the same mask on every engine
 * @throws if there is nothing to draw from, or `rate` is not in [0, 1)
 */
export function dropout<T extends tf.Tensor>(x: T, rate: number, rng: Rng | undefined): T {
  checkRate(rate);
  if (rate === 0) return x;
  if (rng === undefined) throw new Error('Dropout in training mode needs an Rng to draw its masks from.');
  const mask = tf.tensor(dropoutMask(x.size, rate, rng), x.shape);
  return tf.mul(x, mask) as T;
}

/** A mask of zeros and 1 / (1 - rate). */
export function dropoutMask(size: number, rate: number, rng: Rng): Float32Array {
  checkRate(rate);
  const mask = new Float32Array(size).fill(1 / (1 - rate));
  // Gaps between dropped elements are geometric, so a number is drawn for every dropped element and not for all.
  const logKeep = Math.log1p(-rate);
  const chunk = 1024;
  for (let at = -1; at < size;) {
    for (const u of rng.uniform(chunk)) {
      at += 1 + Math.floor(Math.log(u) / logKeep);
      if (at >= size) break;
      mask[at] = 0;
    }
  }
  return mask;
}

/** Outside of it the gaps would not be positive, and drawing them never end. */
function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new RangeError(`The dropout rate must be at least 0 and below 1, got ${rate}.`);
}
