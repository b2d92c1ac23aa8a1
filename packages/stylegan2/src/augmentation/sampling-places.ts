import type { AffineMap } from '@onestep/diffusion-core';
import { doubledLength, firstPixelPlace, sampledLength } from './resampling-matrices.js';

/** Where a batch is sampled: M = n * sampledLength^2 points. */
export interface SamplingPlaces {
  /** [M] number of the upper left one of the four points in the doubled images, [n * doubledLength^2]. */
  corner: Int32Array;
  /** [M] share of the right points. */
  right: Float32Array;
  /** [M] share of the lower points. */
  lower: Float32Array;
}

/** Computes where each point of the sampled grids lies in the doubled images. */
export function findSamplingPlaces(size: number, maps: readonly AffineMap[]): SamplingPlaces {
  const side = sampledLength(size);
  const length = doubledLength(size);
  const origin = firstPixelPlace(size);
  const count = maps.length * side * side;
  const places: SamplingPlaces = {
    corner: new Int32Array(count),
    right: new Float32Array(count),
    lower: new Float32Array(count),
  };
  // The last of the four points must exist; there and before the first point everything is zero.
  const last = length - 2;
  let at = 0;
  for (const [image, { a, b, c, d, e, f }] of maps.entries()) {
    const start = image * length * length;
    for (let row = 0; row < side; row++) {
      const y = (row - size - 4) / 2;
      for (let column = 0; column < side; column++, at++) {
        const x = (column - size - 4) / 2;
        const placeX = Math.min(Math.max(2 * (a * x + b * y + c) + size - 1 + origin, 0), last);
        const placeY = Math.min(Math.max(2 * (d * x + e * y + f) + size - 1 + origin, 0), last);
        const left = Math.floor(placeX);
        const upper = Math.floor(placeY);
        places.corner[at] = start + upper * length + left;
        places.right[at] = placeX - left;
        places.lower[at] = placeY - upper;
      }
    }
  }
  return places;
}
