import { shapes } from './index.js';

/** Seed of the captions: no data set that one trains with is drawn with it. */
const SEED = 2 ** 40;
/** Parts of the data set that the captions are of: with combinations that are trained on, and that are held out. */
const PARTS = ['train', 'held-out'];

/**
 * Captions to measure a network of the data set `shapes` with, always the same: as many of pictures such as those to train with
 * as of pictures with combinations that are held out.
 *
 * @param num of either kind
 */
export function measuringCaptions(num: number): string[] {
  return PARTS.flatMap((part) => Array.from({ length: num }, (_, index) => shapes.describe!(SEED, index, part)));
}
