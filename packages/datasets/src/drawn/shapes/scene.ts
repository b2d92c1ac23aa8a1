import type { Draws } from '../draws.js';
import { combinationsOf, type Combination, type ShapesSplit } from './held-out.js';
import { LAYOUTS, type Layout } from './layouts.js';
import type { ShapeName } from './outlines.js';
import { COLOR_JITTER, GROUNDS, PALETTE, type ColorName, type GroundName, type Rgb } from './palette.js';
import { middleOf, type PlaceName } from './places.js';
import { PLACE_JITTER, RADII, type SizeName } from './sizes.js';

/** A thing of a picture. */
export interface Thing {
  shape: ShapeName;
  color: ColorName;
  size: SizeName;
  place: PlaceName;
  /** Its middle and radius, in pixels of a picture of 32 x 32. */
  x: number;
  y: number;
  radius: number;
  rgb: Rgb;
}

/** What a picture shows: one to three things that do not touch each other. */
export interface Scene {
  ground: GroundName;
  groundRgb: Rgb;
  things: readonly Thing[];
}

/** Draws what a picture shows. No two things have the same shape and color, and none has the color of the ground. */
export function drawScene(draws: Draws, split: ShapesSplit): Scene {
  if (split === 'two-things') return drawTwoThings(draws);
  if (split.startsWith('one-')) return drawOneThing(draws, split);
  const count = 1 + [0.45, 0.85].filter((bound) => draws.between(0, 1) > bound).length;
  const ground = draws.oneOf(GROUNDS);
  const things: Thing[] = [];
  for (const spot of draws.oneOf(LAYOUTS[count - 1]!)) {
    const isFree = ({ color, shape }: Combination) =>
      color !== ground && !things.some((thing) => thing.color === color && thing.shape === shape);
    // Of a held-out picture, the first thing is a combination that was kept out.
    const from = things.length === 0 ? split : 'train';
    things.push(drawThing(draws, spot, draws.oneOf(combinationsOf(from).filter(isFree))));
  }
  return { ground, groundRgb: nearby(PALETTE[ground], draws), things };
}

/** Two large things on gray, of different shapes and colors: with the colors exchanged, each caption says something else. */
function drawTwoThings(draws: Draws): Scene {
  const things: Thing[] = [];
  for (const spot of draws.oneOf(LARGE_LAYOUTS)) {
    const differs = ({ color, shape }: Combination) => things.every((t) => t.color !== color && t.shape !== shape);
    things.push(drawThing(draws, spot, draws.oneOf(combinationsOf('two-things').filter(differs))));
  }
  return { ground: 'gray', groundRgb: nearby(PALETTE.gray, draws), things };
}

/** One large thing in the middle. */
function drawOneThing(draws: Draws, split: ShapesSplit): Scene {
  const ground = draws.oneOf(GROUNDS);
  const combination = draws.oneOf(combinationsOf(split).filter(({ color }) => color !== ground));
  return {
    ground,
    groundRgb: nearby(PALETTE[ground], draws),
    things: [drawThing(draws, { place: 'center', size: 'large' }, combination)],
  };
}

const LARGE_LAYOUTS = LAYOUTS[1]!.filter((layout) => layout.every(({ size }) => size === 'large'));

function drawThing(draws: Draws, { place, size }: Layout[number], { color, shape }: Combination): Thing {
  const [x, y] = middleOf(place);
  return {
    shape,
    color,
    size,
    place,
    x: x + draws.between(-PLACE_JITTER, PLACE_JITTER),
    y: y + draws.between(-PLACE_JITTER, PLACE_JITTER),
    radius: draws.between(...RADII[size]),
    rgb: nearby(PALETTE[color], draws),
  };
}

function nearby(color: Rgb, draws: Draws): Rgb {
  const channel = (value: number) => Math.floor(value + draws.between(-COLOR_JITTER, COLOR_JITTER) + 0.5);
  return [channel(color[0]), channel(color[1]), channel(color[2])];
}
