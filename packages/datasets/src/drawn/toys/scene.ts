import type { Draws } from '../draws.js';
import { drawRoomPattern, type Pattern } from './patterns.js';
import { TOY_KINDS, type Bounds, type Part } from './toy-kinds.js';
import { cross, normalize, type Vector } from './vector.js';

/** A floor or a wall. */
export interface Plane {
  color: Vector;
  second: Vector;
  pattern: Pattern;
}

/** What a picture shows: a toy on a floor before a wall, a light, and a viewer. */
export interface Scene {
  parts: readonly Part[];
  bounds: Bounds;
  /** Cosine and sine of the angle that the toy is turned by around the y axis. */
  turn: readonly [number, number];
  floor: Plane;
  wall: Plane;
  /** z of the wall. */
  wallAt: number;
  /** Direction to the light, and its color. */
  light: Vector;
  lightColor: Vector;
  /** Color of the light that comes from everywhere. */
  ambient: Vector;
  /** Place of the viewer, and the directions of the middle of the picture, of its right and of its top. */
  eye: Vector;
  forward: Vector;
  right: Vector;
  up: Vector;
}

/** How far the viewer is from the toy. */
const DISTANCE = 6;
/** Half the width of the picture at distance 1. */
const ZOOM = 0.22;

/** @param kind class of the toy */
export function drawScene(draws: Draws, kind: number): Scene {
  const { bounds, draw } = TOY_KINDS[kind]!;
  const parts = draw(draws);
  const forward = normalize([draws.between(-0.3, 0.3), -draws.between(0.2, 0.7), 1]);
  const right = normalize(cross([0, 1, 0], forward));
  const up = cross(forward, right);
  const target: Vector = [draws.between(-0.3, 0.3), draws.between(0.6, 0.95), 0];
  const away = DISTANCE * draws.between(0.85, 1.2);
  const light = normalize([draws.between(-1, 1), draws.between(0.7, 1.4), -draws.between(0.2, 1)]);
  const warmth = draws.between(-0.25, 0.25);
  const strength = draws.between(0.75, 1.05);
  const shade = draws.between(0.25, 0.45);
  return {
    parts,
    bounds,
    turn: drawTurn(draws),
    floor: drawPlane(draws),
    wall: drawPlane(draws),
    wallAt: draws.between(1.5, 4),
    light,
    lightColor: [strength * (1 + warmth), strength, strength * (1 - warmth)],
    ambient: [shade * (1 - warmth), shade, shade * (1 + warmth)],
    eye: [target[0] - away * forward[0], target[1] - away * forward[1], target[2] - away * forward[2]],
    forward,
    right: [right[0] * ZOOM, right[1] * ZOOM, right[2] * ZOOM],
    up: [up[0] * ZOOM, up[1] * ZOOM, up[2] * ZOOM],
  };
}

/** A random angle, as its cosine and sine: a point of the square, moved onto the circle. */
function drawTurn(draws: Draws): readonly [number, number] {
  const [x, y] = [draws.between(-1, 1), draws.between(-1, 1)];
  const length = Math.sqrt(x * x + y * y);
  return length < 1e-6 ? [1, 0] : [x / length, y / length];
}

function drawPlane(draws: Draws): Plane {
  const color = draws.color([0, 1], [0, 0.6], [0.35, 0.95]);
  const contrast = draws.between(0.35, 0.8);
  const second: Vector = [color[0] * contrast, color[1] * contrast, color[2] * contrast];
  return { color, second, pattern: drawRoomPattern(draws) };
}
