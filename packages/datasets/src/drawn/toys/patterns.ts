import type { Draws } from '../draws.js';
import { clamp } from './vector.js';

/** How much of the second color a surface has at a point, 0 to 1. */
export type Pattern = (x: number, y: number, z: number) => number;

/** Draws the pattern of a toy: half of them are plain. */
export function drawToyPattern(draws: Draws): Pattern {
  if (draws.chance(0.5)) return plain;
  const kind = draws.oneOf([stripes, checks, spots, clouds]);
  return kind(draws, draws.between(1.4, 2.6));
}

/** Draws the pattern of a floor or a wall: half of them are plain. */
export function drawRoomPattern(draws: Draws): Pattern {
  if (draws.chance(0.5)) return plain;
  const kind = draws.oneOf([stripes, checks, clouds]);
  return kind(draws, draws.between(0.5, 0.9));
}

const plain: Pattern = () => 0;

/** @param scale stripes per unit of length */
function stripes(draws: Draws, scale: number): Pattern {
  const axis = draws.below(3);
  const shift = draws.between(0, 2);
  return (x, y, z) => edge(wave((axis === 0 ? x : axis === 1 ? y : (x + z) * 0.7) * scale + shift));
}

function checks(draws: Draws, scale: number): Pattern {
  const shift = draws.between(0, 2);
  return (x, y, z) => edge(wave(x * scale + shift) * wave(y * scale + shift) * wave(z * scale + shift) * 4);
}

function spots(draws: Draws, scale: number): Pattern {
  const shift = draws.between(0, 2);
  const threshold = draws.between(0.5, 1);
  return (x, y, z) => {
    const sum = wave(x * scale + shift) + wave(y * scale + shift) + wave(z * scale + shift);
    return edge(sum - threshold);
  };
}

/** Smooth noise. */
function clouds(draws: Draws, scale: number): Pattern {
  const seed = draws.below(2 ** 31);
  return (x, y, z) => {
    const coarse = noise(x * scale, y * scale, z * scale, seed);
    const fine = noise(2 * x * scale, 2 * y * scale, 2 * z * scale, seed + 1);
    return clamp(coarse + 0.5 * fine - 0.25, 0, 1);
  };
}

/** A triangle wave between -1/2 and 1/2, of period 2. */
function wave(t: number): number {
  const phase = t - 2 * Math.floor(t / 2);
  return Math.abs(phase - 1) - 0.5;
}

/** From 0 to 1 where `t` passes 0. */
function edge(t: number): number {
  return clamp(4 * t + 0.5, 0, 1);
}

/** Random values on the whole numbers, and smooth between them: 0 to 1. */
function noise(x: number, y: number, z: number, seed: number): number {
  const [x0, y0, z0] = [Math.floor(x), Math.floor(y), Math.floor(z)];
  const [u, v, w] = [smooth(x - x0), smooth(y - y0), smooth(z - z0)];
  const near = planeValue(x0, y0, z0, u, v, seed);
  return near + w * (planeValue(x0, y0, z0 + 1, u, v, seed) - near);
}

function planeValue(x: number, y: number, z: number, u: number, v: number, seed: number): number {
  const low = rowValue(x, y, z, u, seed);
  return low + v * (rowValue(x, y + 1, z, u, seed) - low);
}

function rowValue(x: number, y: number, z: number, u: number, seed: number): number {
  const left = latticeValue(x, y, z, seed);
  return left + u * (latticeValue(x + 1, y, z, seed) - left);
}

function smooth(t: number): number {
  return t * t * (3 - 2 * t);
}

function latticeValue(x: number, y: number, z: number, seed: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(z, 0x1b873593) ^ seed;
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  bits = Math.imul(bits ^ (bits >>> 12), 0x297a2d39);
  return ((bits ^ (bits >>> 15)) >>> 0) / 2 ** 32;
}
