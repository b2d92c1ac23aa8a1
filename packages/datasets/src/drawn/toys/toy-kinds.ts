import type { Draws } from '../draws.js';
import { drawToyPattern, type Pattern } from './patterns.js';
import {
  at,
  ball,
  box,
  capsule,
  cone,
  cylinder,
  dome,
  mirrored,
  roof,
  torus,
  union,
  wheel,
  without,
} from './solids.js';
import type { Solid } from './solids.js';
import type { Vector } from './vector.js';

/** A solid and how its surface looks. */
export interface Part {
  solid: Solid;
  color: Vector;
  /** Second color of the pattern. */
  second: Vector;
  pattern: Pattern;
  /** How bright the reflection of the light is, 0 to 1. */
  gloss: number;
}

/** A kind of toy: a class of the data set. */
interface ToyKind {
  name: string;
  /** A ball that holds every toy of the kind: the height of its center above the floor, and its radius. */
  bounds: Bounds;
  /** Draws a toy. It stands on y = 0. */
  draw(draws: Draws): Part[];
}

/** A ball around a toy, with its center on the y axis. */
export interface Bounds {
  height: number;
  radius: number;
}

/** The classes in label order. */
export const TOY_KINDS: readonly ToyKind[] = [
  {
    name: 'ball',
    bounds: { height: 0.85, radius: 0.86 },
    draw(draws) {
      const radius = draws.between(0.6, 0.85);
      return [painted(draws, at([0, radius, 0], ball(radius)))];
    },
  },
  {
    name: 'block',
    bounds: { height: 0.7, radius: 1.35 },
    draw(draws) {
      const half: Vector = [draws.between(0.45, 0.75), draws.between(0.4, 0.75), draws.between(0.45, 0.75)];
      return [painted(draws, at([0, half[1], 0], box(half, draws.between(0.02, 0.12))))];
    },
  },
  {
    name: 'ring',
    bounds: { height: 0.93, radius: 0.94 },
    draw(draws) {
      const [radius, thickness] = [draws.between(0.5, 0.65), draws.between(0.14, 0.28)];
      return [painted(draws, at([0, radius + thickness, 0], torus(radius, thickness)))];
    },
  },
  {
    name: 'tree',
    bounds: { height: 0.85, radius: 0.95 },
    draw(draws) {
      const [width, height] = [draws.between(0.5, 0.75), draws.between(0.6, 0.85)];
      const crown = union(
        at([0, 0.35, 0], cone(width, width * 0.3, height)),
        at([0, 0.35 + 0.6 * height, 0], cone(width * 0.8, 0.02, height)),
      );
      const trunk = part(at([0, 0.2, 0], cylinder(draws.between(0.1, 0.17), 0.2)), wood(draws));
      const green = draws.color([0.2, 0.45], [0.5, 0.95], [0.4, 0.9]);
      return [{ ...part(crown, green), pattern: drawToyPattern(draws), second: scaled(green, 0.45) }, trunk];
    },
  },
  {
    name: 'house',
    bounds: { height: 0.6, radius: 1.2 },
    draw(draws) {
      const [width, height, depth] = [draws.between(0.5, 0.65), draws.between(0.4, 0.6), draws.between(0.5, 0.75)];
      const walls = painted(draws, at([0, height / 2, 0], box([width, height / 2, depth])), [0.05, 0.5], [0.7, 1]);
      const top = at([0, height, 0], roof(width + 0.12, draws.between(0.5, 0.75), depth + 0.1));
      const door = at([0, 0.2, -depth], box([0.14, 0.2, 0.04]));
      const windows = mirrored(at([width, height * 0.55, depth * 0.45], box([0.03, 0.11, 0.13])));
      return [walls, part(top, anyColor(draws), 0.1), part(union(door, windows), wood(draws))];
    },
  },
  {
    name: 'mushroom',
    bounds: { height: 0.7, radius: 0.96 },
    draw(draws) {
      const [width, height] = [draws.between(0.6, 0.9), draws.between(0.5, 0.75)];
      const stalk = draws.between(0.5, 0.75);
      const cap = at([0, stalk * 0.9, 0], dome(width, height));
      const stem = cone(draws.between(0.22, 0.34), 0.18, stalk);
      return [painted(draws, cap), part(stem, draws.color([0.05, 0.15], [0.05, 0.3], [0.8, 1]))];
    },
  },
  {
    name: 'mug',
    bounds: { height: 0.65, radius: 1.06 },
    draw(draws) {
      const [radius, half] = [draws.between(0.45, 0.6), draws.between(0.5, 0.7)];
      const shell = without(cylinder(radius, half), at([0, 0.12, 0], cylinder(radius - 0.09, half)));
      const handle = without(at([radius, 0, 0], torus(0.33, 0.09)), cylinder(radius - 0.04, half));
      return [painted(draws, at([0, half, 0], union(shell, handle)))];
    },
  },
  {
    name: 'snowman',
    bounds: { height: 0.95, radius: 1.06 },
    draw(draws) {
      const [low, middle, head] = [draws.between(0.42, 0.52), draws.between(0.3, 0.37), draws.between(0.22, 0.28)];
      const second = low + 0.6 * (low + middle);
      const third = second + 0.7 * (middle + head);
      const snow = union(at([0, low, 0], ball(low)), at([0, second, 0], ball(middle)), at([0, third, 0], ball(head)));
      const hat = union(
        at([0, third + head * 0.7, 0], cylinder(head * 1.2, 0.04)),
        at([0, third + head * 0.7 + 0.14, 0], cylinder(head * 0.7, 0.14)),
      );
      const nose = at([0, third, -head], capsule([0, 0, -0.22], 0.07));
      const buttons = union(at([0, second, -middle], ball(0.08)), at([0, low, -low], ball(0.08)));
      const dark = draws.color([0, 1], [0, 0.5], [0.05, 0.3]);
      return [
        part(snow, draws.color([0.5, 0.7], [0, 0.12], [0.88, 1])),
        part(hat, anyColor(draws)),
        part(nose, draws.color([0.04, 0.1], [0.8, 1], [0.9, 1])),
        part(buttons, dark),
      ];
    },
  },
  {
    name: 'chair',
    bounds: { height: 0.9, radius: 1.25 },
    draw(draws) {
      const [half, seat] = [draws.between(0.42, 0.56), draws.between(0.5, 0.75)];
      const back = draws.between(0.4, 0.55);
      const plank = at([0, seat, 0], box([half, 0.07, half], 0.03));
      const rest = at([0, seat + back, half - 0.07], box([half, back, 0.07], 0.03));
      const legs = mirrored(at([half - 0.08, seat / 2, half - 0.08], box([0.07, seat / 2, 0.07])));
      const paint = painted(draws, union(plank, rest));
      return [paint, part(legs, draws.chance(0.5) ? paint.color : wood(draws))];
    },
  },
  {
    name: 'car',
    bounds: { height: 0.45, radius: 1.2 },
    draw(draws) {
      const [length, width] = [draws.between(0.85, 1), draws.between(0.4, 0.5)];
      const [cabin, shift] = [draws.between(0.4, 0.6), draws.between(-0.2, 0.15)];
      const body = at([0, 0.42, 0], box([length, 0.22, width], 0.1));
      const top = at([shift, 0.78, 0], box([cabin, 0.22, width * 0.85], 0.1));
      const windows = at([shift, 0.78, 0], box([cabin * 0.75, 0.12, width * 0.87]));
      const tires = mirrored(at([length * 0.6, 0.24, width * 0.9], wheel(0.24, 0.1)));
      return [
        painted(draws, union(body, top)),
        part(windows, draws.color([0.5, 0.65], [0.1, 0.4], [0.2, 0.9]), 0.9),
        part(tires, draws.color([0, 1], [0, 0.15], [0.1, 0.25]), 0.1),
      ];
    },
  },
];

function part(solid: Solid, color: Vector, gloss = 0.2): Part {
  return { solid, color, second: color, pattern: () => 0, gloss };
}

/** A part in any color, with a pattern. */
function painted(
  draws: Draws,
  solid: Solid,
  saturation: readonly [number, number] = [0.45, 1],
  value: readonly [number, number] = [0.5, 1],
): Part {
  const color = draws.color([0, 1], saturation, value);
  const second = draws.chance(0.5) ? draws.color([0, 1], [0, 0.15], [0.85, 1]) : anyColor(draws);
  return { solid, color, second, pattern: drawToyPattern(draws), gloss: draws.between(0, 1) };
}

function anyColor(draws: Draws): Vector {
  return draws.color([0, 1], [0.4, 1], [0.35, 1]);
}

function wood(draws: Draws): Vector {
  return draws.color([0.04, 0.1], [0.5, 0.8], [0.3, 0.65]);
}

function scaled(color: Vector, factor: number): Vector {
  return [color[0] * factor, color[1] * factor, color[2] * factor];
}
