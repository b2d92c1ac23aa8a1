import * as tf from '@tensorflow/tfjs-core';
import { reflectIndex } from '@onestep/diffusion-core';
import { FILTER_REACH, FILTER_TAPS, makeFilterBank } from './filter-bank.js';
import type { HostTable } from './host-table.js';
import { drawDecisions, type RandomSource } from './random-source.js';

/** Standard deviation of log2 of a band's gain. */
const FILTER_STD = 1;
/** Share of each band in the power of natural images, 1/f. */
const POWER = [10 / 13, 1 / 13, 1 / 13, 1 / 13];

/** A matrix for each image, [N, S, S], by which each of its columns and rows is multiplied. */
export type FilterTables = Record<'filters', HostTable>;

/**
 * Draws gains of four bands of frequencies for each of `n` images: band by band, exponents for all images, then
 * decisions. A gain changes the others so that the expected power remains.
 */
export function drawFilters({
  n,
  size,
  probability,
  rng,
}: {
  n: number;
  size: number;
  probability: number;
  rng: RandomSource;
}): FilterTables {
  const gains = Array.from({ length: n }, () => POWER.map(() => 1));
  for (let band = 0; band < POWER.length; band++) {
    const exponents = rng.normal(n);
    for (const [i, happens] of drawDecisions(rng, n, probability).entries()) {
      if (!happens) continue;
      const t = POWER.map((_, other) => (other === band ? 2 ** (FILTER_STD * exponents[i]!) : 1));
      const scale = Math.sqrt(POWER.reduce((sum, share, other) => sum + share * t[other]! ** 2, 0));
      t.forEach((gain, other) => (gains[i]![other]! *= gain / scale));
    }
  }
  const bank = makeFilterBank();
  const values = new Float32Array(n * size * size);
  for (const [i, each] of gains.entries()) {
    const taps = bank[0]!.map((_, k) => each.reduce((sum, gain, band) => sum + gain * bank[band]![k]!, 0));
    for (let pixel = 0; pixel < size; pixel++) {
      for (let k = 0; k < FILTER_TAPS; k++) {
        values[(i * size + pixel) * size + reflectIndex(pixel + k - FILTER_REACH, size)]! += taps[k]!;
      }
    }
  }
  return { filters: { values, shape: [n, size, size] } };
}

/** Filters the columns and rows of images [N, S, S, C] by the tensors of {@link drawFilters}. */
export function filterImages(images: tf.Tensor4D, { filters }: Record<keyof FilterTables, tf.Tensor>): tf.Tensor4D {
  return filterSecondAxis(filterSecondAxis(images, filters as tf.Tensor3D), filters as tf.Tensor3D);
}

/** Filters axis 1 and exchanges it with axis 2. */
function filterSecondAxis(images: tf.Tensor4D, filters: tf.Tensor3D): tf.Tensor4D {
  const [n, size, , channels] = images.shape;
  const filtered = tf.matMul(filters, tf.reshape<tf.Rank.R3>(images, [n, size, size * channels]));
  return tf.transpose(tf.reshape<tf.Rank.R4>(filtered, images.shape), [0, 2, 1, 3]);
}
