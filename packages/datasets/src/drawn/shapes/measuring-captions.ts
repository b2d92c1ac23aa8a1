import { shapes } from './index.js';

/** Seed of the captions: no data set that one trains with is drawn with it. */
const SEED = 2 ** 40;
/** Parts of the data set that captions to measure with are of: with combinations that are trained on, and that are held out. */
const PARTS = { train: ['train', 'held-out'], 'one-thing': ['one-thing', 'one-held-out'] } as const;
/** The part of the data set that a network was trained with. */
export const MEASURED_SPLITS = Object.keys(PARTS) as (keyof typeof PARTS)[];

/**
 * Captions to measure a network of the data set `shapes` with, always the same: as many of pictures such as those to train with
 * as of pictures with combinations that are held out.
 *
 * @param num of either kind
 * @param split the part that the network was trained with
 */
export function measuringCaptions(num: number, split: keyof typeof PARTS = 'train'): string[] {
  return PARTS[split].flatMap((part) => Array.from({ length: num }, (_, index) => shapes.describe!(SEED, index, part)));
}
