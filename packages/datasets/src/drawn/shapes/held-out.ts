import { SHAPES, type ShapeName } from './outlines.js';
import { COLORS, type ColorName } from './palette.js';

/**
 * Parts of the data set: pictures to train with, pictures of things that are in none of those, plain pictures of two things,
 * whose captions say only which color is on which shape, and pictures of one large thing in the middle, which a small network
 * learns soon, with such pictures of things that are in none of these.
 */
export const SHAPES_SPLITS = ['train', 'held-out', 'two-things', 'one-thing', 'one-held-out'] as const;
/** A part of the data set. */
export type ShapesSplit = (typeof SHAPES_SPLITS)[number];

/** A color with a shape. */
export interface Combination {
  color: ColorName;
  shape: ShapeName;
}

const ALL: readonly Combination[] = COLORS.flatMap((color) => SHAPES.map((shape) => ({ color, shape })));

/** The combinations that no training picture has: every color once, and every shape once. */
export const HELD_OUT: readonly Combination[] = ALL.filter(isHeldOut);
const SEEN = ALL.filter((combination) => !isHeldOut(combination));

/** Whether a combination is kept out of training. */
export function isHeldOut({ color, shape }: Combination): boolean {
  return SHAPES.indexOf(shape) === (3 * COLORS.indexOf(color) + 2) % SHAPES.length;
}

/** The combinations of a part of the data set. */
export function combinationsOf(split: ShapesSplit): readonly Combination[] {
  return split.endsWith('held-out') ? HELD_OUT : SEEN;
}
