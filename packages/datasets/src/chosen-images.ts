import { numpySubset } from './numpy-subset.js';

/**
 * Which of `length` images are used: all, or `maxSize` of them, chosen as the published reader does, ascending.
 *
 * @param maxSize undefined for all
 * @param seed of the choice, 0 to 2^32 - 1
 * @throws if the seed is none
 */
export function chosenImages(length: number, maxSize: number | undefined, seed: number): Int32Array {
  if (!(Number.isSafeInteger(seed) && seed >= 0 && seed < 2 ** 32)) {
    throw new Error(`randomSeed must be a whole number from 0 to 2^32 - 1, not ${seed}.`);
  }
  if (maxSize === undefined || maxSize >= length) return Int32Array.from({ length }, (_, i) => i);
  return numpySubset(length, maxSize, seed);
}
