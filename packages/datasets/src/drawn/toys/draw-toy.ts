import { Draws } from '../draws.js';
import { lightOf } from './lighting.js';
import { drawScene, type Scene } from './scene.js';
import { TOY_KINDS } from './toy-kinds.js';
import { addScaled, normalize, type Vector } from './vector.js';

/** Rays through a pixel at an edge, each way. Elsewhere one ray is enough. */
const RAYS = 2;
/** Pixels are at an edge if they differ from a neighbor by more than this, of 255. */
const CONTRAST = 10;

/**
 * Draws one picture of the data set `toys`. Its class is `index % 10`.
 *
 * Only operations that JavaScript defines to the last bit are used (+, -, *, / and square root on float64, and
 * whole numbers), so the pixels are the same on every machine.
 *
 * @param seed of the data set
 * @param index number of the picture
 * @param side of the picture in pixels
 * @returns RGB, [side, side, 3]
 */
export function drawToy(seed: number, index: number, side: number): Uint8Array {
  const scene = drawScene(new Draws(seed, index, 'toys'), index % TOY_KINDS.length);
  const rough = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) drawPixel(rough, scene, side, row, column, 1);
  }
  const pixels = rough.slice();
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      if (isAtEdge(rough, side, row, column)) drawPixel(pixels, scene, side, row, column, RAYS);
    }
  }
  return pixels;
}

/** @param rays number of rays, each way */
function drawPixel(pixels: Uint8Array, scene: Scene, side: number, row: number, column: number, rays: number): void {
  const cells = side * rays;
  let [red, green, blue] = [0, 0, 0];
  for (let i = 0; i < rays; i++) {
    for (let j = 0; j < rays; j++) {
      const x = (2 * (column * rays + j) + 1) / cells - 1;
      const y = 1 - (2 * (row * rays + i) + 1) / cells;
      const light: Vector = lightOf(scene, normalize(addScaled(addScaled(scene.forward, scene.right, x), scene.up, y)));
      red += Math.min(light[0], 1);
      green += Math.min(light[1], 1);
      blue += Math.min(light[2], 1);
    }
  }
  const at = (row * side + column) * 3;
  const share = 1 / (rays * rays);
  pixels[at] = toByte(red * share);
  pixels[at + 1] = toByte(green * share);
  pixels[at + 2] = toByte(blue * share);
}

/** The square root stands for the curve of a screen. */
function toByte(light: number): number {
  return Math.floor(255 * Math.sqrt(light) + 0.5);
}

function isAtEdge(pixels: Uint8Array, side: number, row: number, column: number): boolean {
  const at = (row * side + column) * 3;
  return (
    (column > 0 && differs(pixels, at, at - 3)) ||
    (column < side - 1 && differs(pixels, at, at + 3)) ||
    (row > 0 && differs(pixels, at, at - 3 * side)) ||
    (row < side - 1 && differs(pixels, at, at + 3 * side))
  );
}

function differs(pixels: Uint8Array, a: number, b: number): boolean {
  for (let channel = 0; channel < 3; channel++) {
    if (Math.abs(pixels[a + channel]! - pixels[b + channel]!) > CONTRAST) return true;
  }
  return false;
}
