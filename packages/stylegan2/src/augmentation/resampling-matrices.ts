import { reflectIndex, SYM6, type AffineMap } from '@onestep/diffusion-core';

const TAPS = SYM6.length;
/** Pixels next to the corners of an image that its filters read. */
const FILTER_MARGIN = TAPS / 2;

/** Pixels by which the images of a batch are continued, mirrored, on each side. */
export interface Margins {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Finds the margins that the corners of a batch's images need; at most size - 1, where mirroring ends. */
export function findMargins(size: number, maps: readonly AffineMap[]): Margins {
  const half = (size - 1) / 2;
  let [left, top, right, bottom] = [-Infinity, -Infinity, -Infinity, -Infinity];
  for (const { a, b, c, d, e, f } of maps) {
    for (const x of [-half, half]) {
      for (const y of [-half, half]) {
        left = Math.max(left, -(a * x + b * y + c));
        right = Math.max(right, a * x + b * y + c);
        top = Math.max(top, -(d * x + e * y + f));
        bottom = Math.max(bottom, d * x + e * y + f);
      }
    }
  }
  const pixels = (reach: number) => Math.ceil(Math.min(Math.max(reach + FILTER_MARGIN - half, 0), size - 1));
  return { left: pixels(left), top: pixels(top), right: pixels(right), bottom: pixels(bottom) };
}

/**
 * Points of an axis of the doubled image: that of the largest margins, one zero before it and two after it, so that
 * bilinear sampling anywhere finds its four points.
 */
export function doubledLength(size: number): number {
  return 2 * (3 * size - 2) + 3;
}

/** The place of the center of an image's first pixel on an axis of the doubled image. */
export function firstPixelPlace(size: number): number {
  return 2 * (size - 1) + 1;
}

/**
 * The matrix that continues an axis by margins, mirrored, and doubles its resolution with {@link SYM6}. Its shape does
 * not depend on the margins: points beyond them are zero, as are pixels beyond them.
 *
 * @returns [size, doubledLength] row-major
 */
export function doublingMatrix(size: number, before: number, after: number): Float32Array {
  const length = doubledLength(size);
  const origin = firstPixelPlace(size);
  const matrix = new Float32Array(size * length);
  for (let point = -2 * before; point < 2 * (size + after); point++) {
    for (let k = 0; k < TAPS; k++) {
      // Pixels are at the even points, with zeros between them.
      const pixel = (point + TAPS / 2 - 1 - k) / 2;
      if (!Number.isInteger(pixel) || pixel < -before || pixel >= size + after) continue;
      // The filter sums to sqrt(2); that of a doubling sums to 2.
      matrix[reflectIndex(pixel, size) * length + origin + point]! += SYM6[k]! * Math.SQRT2;
    }
  }
  return matrix;
}

/** Points of an axis of the sampled grid, at twice the resolution of the result. */
export function sampledLength(size: number): number {
  return 2 * size + TAPS - 2;
}

/** The matrix that halves the resolution of an axis with {@link SYM6}. @returns [sampledLength, size] row-major */
export function halvingMatrix(size: number): Float32Array {
  const matrix = new Float32Array(sampledLength(size) * size);
  for (let pixel = 0; pixel < size; pixel++) {
    for (let k = 0; k < TAPS; k++) matrix[(2 * pixel + k) * size + pixel] = SYM6[k]! / Math.SQRT2;
  }
  return matrix;
}
