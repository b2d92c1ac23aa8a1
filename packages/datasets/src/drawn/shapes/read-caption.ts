import { SHAPES, type ShapeName } from './outlines.js';
import { COLORS, GROUNDS, type ColorName, type GroundName } from './palette.js';
import type { PlaceName } from './places.js';
import { SIZES, type SizeName } from './sizes.js';

/** What a caption says of a thing; what is left out is free. */
export interface StatedThing {
  shape: ShapeName;
  color?: ColorName;
  size?: SizeName;
  place?: PlaceName;
}

/** Where the first thing is, seen from the second. */
export type Relation = 'left of' | 'right of' | 'above' | 'below';

/** What a caption says of a picture. */
export interface StatedScene {
  things: readonly StatedThing[];
  ground?: GroundName;
  /** Of the first two things. */
  relation?: Relation;
  /** Words of the caption that are not understood. */
  unknown: readonly string[];
}

/** Other words for the names, and words for places. */
const MEANINGS: Readonly<Record<string, string>> = {
  disc: 'circle',
  plus: 'cross',
  violet: 'purple',
  grey: 'gray',
  little: 'small',
  tiny: 'small',
  big: 'large',
  upper: 'top',
  lower: 'bottom',
  middle: 'center',
  over: 'above',
  under: 'below',
  ground: 'background',
};
const SIDES: readonly string[] = ['top', 'bottom', 'left', 'right', 'center'];
/** Words that say nothing about the picture. */
const SILENT = new Set(['a', 'an', 'the', 'of', 'on', 'at', 'in', 'to', 'and', 'with', 'there', 'is', 'are', 'picture', 'corner', 'edge']); // prettier-ignore

const includes = <Name extends string>(names: readonly Name[], word: string): word is Name =>
  (names as readonly string[]).includes(word);

/**
 * Reads what a caption says, in the English of the data set `shapes`: `a small red circle at the top left and a blue star on
 * white`. A color without a shape is that of the ground.
 */
export function readCaption(caption: string): StatedScene {
  const words = (caption.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) => MEANINGS[word] ?? word);
  const things: StatedThing[] = [];
  const unknown: string[] = [];
  let sides: string[] = [];
  let described: { color?: GroundName; size?: SizeName } = {};
  let ground: GroundName | undefined;
  let relation: Relation | undefined;
  const endPlace = () => {
    if (sides.length > 0) things[things.length - 1] = { ...things.at(-1)!, place: nameOf(sides) };
    sides = [];
  };
  for (const [i, word] of words.entries()) {
    if (includes(GROUNDS, word)) {
      endPlace();
      described = { ...described, color: word };
    } else if (includes(SIZES, word)) {
      endPlace();
      described = { ...described, size: word };
    } else if (includes(SHAPES, word)) {
      endPlace();
      const { color, size } = described;
      things.push({
        shape: word,
        ...(color !== undefined && includes(COLORS, color) && { color }),
        ...(size && { size }),
      });
      described = {};
    } else if (word === 'above' || word === 'below') relation ??= word;
    else if ((word === 'left' || word === 'right') && words[i + 1] === 'of') relation ??= `${word} of`;
    else if (SIDES.includes(word) && things.length > 0) sides.push(word);
    else if (word === 'background') {
      ground ??= described.color;
      described = {};
    } else if (!SILENT.has(word)) unknown.push(word);
  }
  endPlace();
  ground ??= described.color;
  return { things, ...(ground && { ground }), ...(relation && { relation }), unknown };
}

function nameOf(sides: readonly string[]): PlaceName {
  const row = sides.find((side) => side === 'top' || side === 'bottom');
  const column = sides.find((side) => side === 'left' || side === 'right');
  return ([row, column].filter((side) => side !== undefined).join(' ') || 'center') as PlaceName;
}
