import { OUTLINES, type ShapeName } from './outlines.js';
import type { Scene } from './scene.js';

/** Samples of a pixel, each way. */
const SAMPLES = 4;
/** Side of the picture whose pixels lengths are given in. */
const BASE = 32;

/** How much of each pixel of a window a shape covers. */
export interface Coverage {
  /** First column and row, and their numbers. */
  left: number;
  top: number;
  width: number;
  height: number;
  /** [height, width], 0 to 1. */
  values: Float32Array;
}

/**
 * Paints a picture, with smooth edges.
 *
 * @param side of the picture in pixels
 * @returns RGB, [side, side, 3], 0 to 255
 */
export function paintScene({ groundRgb, things }: Pick<Scene, 'groundRgb' | 'things'>, side: number): Uint8Array {
  const pixels = new Uint8Array(side * side * 3);
  for (let i = 0; i < pixels.length; i++) pixels[i] = groundRgb[i % 3]!;
  const scale = side / BASE;
  for (const { shape, x, y, radius, rgb } of things) {
    const { left, top, width, values } = coverShape(shape, x * scale, y * scale, radius * scale, side);
    for (let i = 0; i < values.length; i++) {
      const at = ((top + Math.floor(i / width)) * side + left + (i % width)) * 3;
      const share = values[i]!;
      for (let channel = 0; channel < 3; channel++) {
        pixels[at + channel] = Math.floor(pixels[at + channel]! * (1 - share) + rgb[channel]! * share + 0.5);
      }
    }
  }
  return pixels;
}

/**
 * How much of each pixel a shape covers, from 16 samples of each.
 *
 * @param x of its middle in pixels
 * @param y of its middle in pixels, down
 * @param side of the picture in pixels, beyond which nothing is
 */
export function coverShape(shape: ShapeName, x: number, y: number, radius: number, side: number): Coverage {
  const isInside = OUTLINES[shape];
  const left = Math.max(0, Math.floor(x - radius));
  const top = Math.max(0, Math.floor(y - radius));
  const width = Math.max(0, Math.min(side, Math.ceil(x + radius)) - left);
  const height = Math.max(0, Math.min(side, Math.ceil(y + radius)) - top);
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    let inside = 0;
    for (let sample = 0; sample < SAMPLES * SAMPLES; sample++) {
      const u = left + (i % width) + ((sample % SAMPLES) + 0.5) / SAMPLES;
      const v = top + Math.floor(i / width) + (Math.floor(sample / SAMPLES) + 0.5) / SAMPLES;
      if (isInside((u - x) / radius, (v - y) / radius)) inside += 1;
    }
    values[i] = inside / (SAMPLES * SAMPLES);
  }
  return { left, top, width, height, values };
}
