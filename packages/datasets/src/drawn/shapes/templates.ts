import { SHAPES, type ShapeName } from './outlines.js';
import { coverShape } from './paint.js';

/** Side of the pictures, in pixels. */
export const SIDE = 32;
/** Pixels around a picture in which templates may lie that reach beyond its edge. */
export const MARGIN = 12;
/** Side of a picture with its margin. */
export const PADDED = SIDE + 2 * MARGIN;

/** How much a shape covers of the pixels around it. */
export interface Template {
  shape: ShapeName;
  radius: number;
  /** Part of a pixel that its middle is from the corner of the pixel. */
  dx: number;
  dy: number;
  /** Pixels that it covers: places in a padded picture from that pixel on, times 3. */
  at: Int32Array;
  /** How much of each it covers. */
  values: Float32Array;
  /** The sum of squares of the values. */
  norm: number;
}

/** Which templates to make: all combinations. */
interface TemplateGrid {
  radii: readonly number[];
  /** Parts of a pixel for the middle. */
  parts: readonly number[];
  /** How often each pixel is mixed with its neighbors, which makes edges soft: once like a blur of 0.7 pixels, twice of 1. */
  softness: readonly number[];
}

/** Makes templates of all shapes. */
export function makeTemplates({ radii, parts, softness }: TemplateGrid): Template[] {
  return SHAPES.flatMap((shape) =>
    radii.flatMap((radius) =>
      parts.flatMap((dx) => parts.flatMap((dy) => softness.map((soft) => makeTemplate(shape, radius, dx, dy, soft)))),
    ),
  );
}

/** Middle of the picture that a template is made in. */
const MIDDLE = 16;
const SOFT = [0.25, 0.5, 0.25];

function makeTemplate(shape: ShapeName, radius: number, dx: number, dy: number, soft: number): Template {
  const { left, top, width, values } = coverShape(shape, MIDDLE + dx, MIDDLE + dy, radius, 2 * MIDDLE);
  let plane = new Float32Array(4 * MIDDLE * MIDDLE);
  for (const [i, value] of values.entries()) {
    plane[(top + Math.floor(i / width)) * 2 * MIDDLE + left + (i % width)] = value;
  }
  for (let i = 0; i < soft; i++) plane = soften(soften(plane, 1), 2 * MIDDLE);
  const covered = [...plane.keys()].filter((i) => plane[i]! > 0);
  const place = (i: number) => (Math.floor(i / (2 * MIDDLE)) - MIDDLE) * PADDED + (i % (2 * MIDDLE)) - MIDDLE;
  const kept = Float32Array.from(covered, (i) => plane[i]!);
  const norm = kept.reduce((sum, value) => sum + value * value, 0);
  return { shape, radius, dx, dy, at: Int32Array.from(covered, (i) => 3 * place(i)), values: kept, norm };
}

/** Mixes each value with those before and after it. Nothing reaches the edges. @param step to the next */
function soften(plane: Float32Array, step: number): Float32Array<ArrayBuffer> {
  return Float32Array.from(
    plane,
    (value, i) => SOFT[0]! * (plane[i - step] ?? 0) + SOFT[1]! * value + SOFT[2]! * (plane[i + step] ?? 0),
  );
}
