import type { ImageShape } from '../../image-shape.js';
import { COLORS, GROUNDS, nearestColor, type GroundName, type Rgb } from './palette.js';
import { nearestPlace } from './places.js';
import { nearestSize } from './sizes.js';
import type { Thing } from './scene.js';
import { makeTemplates, MARGIN, PADDED, SIDE, type Template } from './templates.js';

/** A thing that was found in a picture. */
export type FoundThing = Omit<Thing, 'rgb'>;

/** What was found in a picture. */
export interface FoundScene {
  ground: GroundName;
  things: readonly FoundThing[];
}

/** Most things that are looked for: one more than a picture of the data set has. */
const MOST = 4;
/** A thing stands out from the ground by this much: the root of the sum of its squared differences. */
const LEAST_CONTRAST = 260;
/** Two things do not come nearer to each other than this share of the sum of their radii. */
const APART = 0.75;

/** A template at a place of a picture. */
interface Fit {
  template: Template;
  column: number;
  row: number;
  /** How much of the picture it explains: a sum of squares. */
  score: number;
}

/**
 * Finds the ground and the things of a picture of the data set `shapes`: the shape, size and place that explain most of what
 * differs from the ground, one thing after another. Soft or noisy pictures do not confuse it much, because whole shapes are
 * compared.
 *
 * @param pixels RGB, [32, 32, 3], 0 to 255
 */
export function findThings(pixels: Uint8Array): FoundScene {
  if (pixels.length !== SIDE * SIDE * 3) {
    throw new RangeError(`The picture has ${pixels.length} values; expected ${SIDE} x ${SIDE} x 3.`);
  }
  const groundRgb = colorOfEdge(pixels);
  const rest = differences(pixels, groundRgb);
  const things: FoundThing[] = [];
  while (things.length < MOST) {
    const best = findBest(rest, things);
    if (best === null || best.score < LEAST_CONTRAST ** 2) break;
    const { template, column, row } = best;
    const color = solveColor(rest, template, column, row);
    subtract(rest, template, column, row, color);
    const seen: Rgb = [groundRgb[0] + color[0], groundRgb[1] + color[1], groundRgb[2] + color[2]];
    const [x, y] = [column + template.dx, row + template.dy];
    const { shape, radius } = template;
    things.push({
      shape,
      color: nearestColor(seen, COLORS),
      size: nearestSize(radius),
      place: nearestPlace(x, y),
      x,
      y,
      radius,
    });
  }
  return { ground: nearestColor(groundRgb, GROUNDS), things };
}

/** Whether a picture has the size of those that things are found in. */
export function isRgb32({ width, height, channels }: ImageShape): boolean {
  return width === SIDE && height === SIDE && channels === 3;
}

/** The median color of the pixels at the edge, which things do not reach. */
function colorOfEdge(pixels: Uint8Array): Rgb {
  const edge: number[] = [];
  for (let i = 0; i < SIDE; i++) edge.push(i, (SIDE - 1) * SIDE + i, i * SIDE, i * SIDE + SIDE - 1);
  const median = (channel: number) =>
    edge.map((at) => pixels[at * 3 + channel]!).sort((a, b) => a - b)[edge.length >> 1]!;
  return [median(0), median(1), median(2)];
}

/** What differs from the ground, [PADDED, PADDED, 3], with nothing around the picture. */
function differences(pixels: Uint8Array, ground: Rgb): Float32Array {
  const rest = new Float32Array(PADDED * PADDED * 3);
  for (let i = 0; i < pixels.length; i++) {
    const [row, column] = [Math.floor(i / (3 * SIDE)), Math.floor(i / 3) % SIDE];
    rest[placeOf(column, row) + (i % 3)] = pixels[i]! - ground[i % 3]!;
  }
  return rest;
}

function placeOf(column: number, row: number): number {
  return 3 * ((row + MARGIN) * PADDED + column + MARGIN);
}

/** Templates to look with, which are made when they are first needed. */
interface Templates {
  /** A few, of both sizes. */
  coarse: readonly Template[];
  /** All. */
  fine: readonly Template[];
}

let made: Templates | undefined;

function templates(): Templates {
  made ??= {
    coarse: makeTemplates({ radii: [3.9, 6.6], parts: [0], softness: [0] }),
    fine: makeTemplates({ radii: [3.4, 3.8, 4.2, 4.7, 5.4, 6.1, 6.6, 7.1], parts: [0, 0.5], softness: [0, 1] }),
  };
  return made;
}

/**
 * The best fit: at every second pixel with a few templates, then closely around the best of those.
 *
 * @param others that it does not touch
 */
function findBest(rest: Float32Array, others: readonly FoundThing[]): Fit | null {
  const { coarse: few, fine } = templates();
  let coarse: Fit | null = null;
  for (let row = 2; row < SIDE; row += 2) {
    for (let column = 2; column < SIDE; column += 2) {
      for (const template of few) {
        if (!isFree(column, row, template.radius, others)) continue;
        const score = explain(rest, template, column, row);
        if (score > (coarse?.score ?? 0)) coarse = { template, column, row, score };
      }
    }
  }
  if (coarse === null) return null;
  let best = coarse;
  for (const template of fine) {
    if (nearestSize(template.radius) !== nearestSize(coarse.template.radius)) continue;
    for (let row = coarse.row - 2; row <= coarse.row + 1; row++) {
      for (let column = coarse.column - 2; column <= coarse.column + 1; column++) {
        const score = explain(rest, template, column, row);
        if (score > best.score) best = { template, column, row, score };
      }
    }
  }
  return best;
}

function isFree(x: number, y: number, radius: number, others: readonly FoundThing[]): boolean {
  return others.every((other) => Math.hypot(x - other.x, y - other.y) >= APART * (radius + other.radius));
}

/**
 * How much of a picture a template T explains with the best color c: |sum T x|^2 / sum T^2, the sum of squares of T c for the
 * c of least squares.
 */
function explain(rest: Float32Array, template: Template, column: number, row: number): number {
  const [red, green, blue] = solveColor(rest, template, column, row);
  return (red * red + green * green + blue * blue) * template.norm;
}

function solveColor(rest: Float32Array, { at, values, norm }: Template, column: number, row: number): Rgb {
  const start = placeOf(column, row);
  let [red, green, blue] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const [value, place] = [values[i]!, start + at[i]!];
    red += value * rest[place]!;
    green += value * rest[place + 1]!;
    blue += value * rest[place + 2]!;
  }
  return [red / norm, green / norm, blue / norm];
}

function subtract(rest: Float32Array, { at, values }: Template, column: number, row: number, color: Rgb): void {
  const start = placeOf(column, row);
  for (let i = 0; i < values.length; i++) {
    for (let channel = 0; channel < 3; channel++) rest[start + at[i]! + channel]! -= values[i]! * color[channel]!;
  }
}
