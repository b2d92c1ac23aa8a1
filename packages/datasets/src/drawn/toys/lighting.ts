import type { Plane, Scene } from './scene.js';
import type { Bounds, Part } from './toy-kinds.js';
import { addScaled, clamp, dot, mix, normalize, type Vector } from './vector.js';

/** At this distance a ray has met the toy. */
const TOUCH = 0.003;
const MAX_STEPS = 48;
/** How sharp the edges of shadows are. */
const SHARPNESS = 10;
/** Reach of the shade in corners. */
const CORNER = 0.3;

/** Light that comes to the viewer from a direction: red, green, blue. */
export function lightOf(scene: Scene, direction: Vector): Vector {
  const { eye } = scene;
  const met = meetToy(scene, eye, direction);
  if (met !== null) {
    const place = addScaled(eye, direction, met);
    const local = toToy(scene, place);
    const part = nearestPart(scene, local);
    const normal = toRoom(scene, normalOf(part, local));
    const color = mix(part.color, part.second, part.pattern(...local));
    return shine(scene, place, normal, color, direction, part.gloss);
  }
  const toFloor = direction[1] < 0 ? -eye[1] / direction[1] : Infinity;
  const toWall = direction[2] > 0 ? (scene.wallAt - eye[2]) / direction[2] : Infinity;
  const place = addScaled(eye, direction, Math.min(toFloor, toWall));
  if (toFloor < toWall) return shine(scene, place, [0, 1, 0], colorAt(scene.floor, place), direction, 0);
  return shine(scene, place, [0, 0, -1], colorAt(scene.wall, place), direction, 0);
}

function colorAt(plane: Plane, place: Vector): Vector {
  return mix(plane.color, plane.second, plane.pattern(...place));
}

/** Ambient light, the light with its shadow, and its reflection. */
function shine(scene: Scene, place: Vector, normal: Vector, color: Vector, direction: Vector, gloss: number): Vector {
  const start = addScaled(place, normal, 0.02);
  const incidence = Math.max(dot(normal, scene.light), 0);
  const lit = incidence > 0 ? incidence * lightShare(scene, start) : 0;
  const openness = opennessOf(scene, addScaled(place, normal, CORNER));
  let mirror = 0;
  if (gloss > 0 && lit > 0) {
    const reflected = addScaled(direction, normal, -2 * dot(direction, normal));
    const power4 = Math.max(dot(reflected, scene.light), 0);
    mirror = 0.6 * gloss * power4 * power4 * power4 * lit;
  }
  const { ambient, lightColor } = scene;
  return [
    color[0] * (ambient[0] * openness + lightColor[0] * lit) + lightColor[0] * mirror,
    color[1] * (ambient[1] * openness + lightColor[1] * lit) + lightColor[1] * mirror,
    color[2] * (ambient[2] * openness + lightColor[2] * lit) + lightColor[2] * mirror,
  ];
}

/** Less than 1 near the toy, where it hides a part of the surroundings. */
function opennessOf(scene: Scene, [x, y, z]: Vector): number {
  const dy = y - scene.bounds.height;
  const reach = scene.bounds.radius + CORNER;
  if (x * x + dy * dy + z * z >= reach * reach) return 1;
  return 0.35 + 0.65 * clamp(distanceTo(scene, x, y, z) / CORNER, 0, 1);
}

/** How much of the light reaches a place, 0 to 1. */
function lightShare(scene: Scene, start: Vector): number {
  const span = spanInBall(scene.bounds, start, scene.light);
  if (span === null) return 1;
  const [lx, ly, lz] = scene.light;
  let share = 1;
  let t = Math.max(span[0], 0.02);
  for (let step = 0; step < MAX_STEPS && t < span[1]; step++) {
    const distance = distanceTo(scene, start[0] + t * lx, start[1] + t * ly, start[2] + t * lz);
    if (distance < TOUCH) return 0;
    share = Math.min(share, (SHARPNESS * distance) / t);
    t += Math.max(distance, 0.03);
  }
  return share;
}

/** How far away a ray meets the toy; null if it does not. */
function meetToy(scene: Scene, start: Vector, direction: Vector): number | null {
  const span = spanInBall(scene.bounds, start, direction);
  if (span === null) return null;
  const [dx, dy, dz] = direction;
  let t = Math.max(span[0], 0);
  for (let step = 0; step < MAX_STEPS && t < span[1]; step++) {
    const distance = distanceTo(scene, start[0] + t * dx, start[1] + t * dy, start[2] + t * dz);
    if (distance < TOUCH) return t;
    t += distance;
  }
  return null;
}

/** Where a ray enters and leaves the ball around the toy; null if it does not. */
function spanInBall({ height, radius }: Bounds, start: Vector, direction: Vector): [number, number] | null {
  const [x, y, z] = [-start[0], height - start[1], -start[2]];
  const middle = x * direction[0] + y * direction[1] + z * direction[2];
  const gap = radius * radius - (x * x + y * y + z * z - middle * middle);
  if (gap <= 0) return null;
  const half = Math.sqrt(gap);
  return middle + half < 0 ? null : [middle - half, middle + half];
}

/** How far a place of the room is from the toy. */
function distanceTo(scene: Scene, x: number, y: number, z: number): number {
  const { parts, turn } = scene;
  const [toyX, toyZ] = [turn[0] * x + turn[1] * z, turn[0] * z - turn[1] * x];
  let least = Infinity;
  for (let i = 0; i < parts.length; i++) {
    const distance = parts[i]!.solid(toyX, y, toyZ);
    if (distance < least) least = distance;
  }
  return least;
}

function nearestPart(scene: Scene, [x, y, z]: Vector): Part {
  let nearest = scene.parts[0]!;
  let least = Infinity;
  for (const part of scene.parts) {
    const distance = part.solid(x, y, z);
    if (distance < least) [nearest, least] = [part, distance];
  }
  return nearest;
}

/** Direction in which the distance grows, by differences. */
function normalOf({ solid }: Part, [x, y, z]: Vector): Vector {
  const step = 0.005;
  const [dx, dy, dz] = [
    solid(x + step, y, z) - solid(x - step, y, z),
    solid(x, y + step, z) - solid(x, y - step, z),
    solid(x, y, z + step) - solid(x, y, z - step),
  ];
  return dx === 0 && dy === 0 && dz === 0 ? [0, 1, 0] : normalize([dx, dy, dz]);
}

/** From the room to the toy, which is turned. */
function toToy({ turn: [cos, sin] }: Scene, [x, y, z]: Vector): Vector {
  return [cos * x + sin * z, y, cos * z - sin * x];
}

function toRoom({ turn: [cos, sin] }: Scene, [x, y, z]: Vector): Vector {
  return [cos * x - sin * z, y, cos * z + sin * x];
}
