import type { ImageShape } from '../image-shape.js';

const FILTERS = 5;

/** Writes the rows of an image, each after a 0 for no filter. */
export function copyRows(data: Uint8Array, { width, height, channels }: ImageShape): Uint8Array {
  const stride = width * channels;
  const rows = Buffer.allocUnsafe(height * (stride + 1));
  for (let y = 0; y < height; y++) {
    rows[y * (stride + 1)] = 0;
    rows.set(data.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  }
  return rows;
}

/**
 * Filters the rows of an image, which then compress better, and writes each after the number of its filter
 * (PNG, 9.2). The filter is the one whose results, as signed bytes, have the smallest sum of magnitudes (PNG,
 * 12.7).
 */
export function filterRows(data: Uint8Array, { width, height, channels }: ImageShape): Uint8Array {
  const stride = width * channels;
  const rows = new Uint8Array(height * (stride + 1));
  const blank = new Uint8Array(stride);
  const tried = Array.from({ length: FILTERS }, () => new Uint8Array(stride));
  for (let y = 0; y < height; y++) {
    const line = data.subarray(y * stride, (y + 1) * stride);
    const above = y === 0 ? blank : data.subarray((y - 1) * stride, y * stride);
    let [best, smallest] = [0, Infinity];
    for (const [filter, out] of tried.entries()) {
      const sum = applyFilter(filter, line, above, channels, out);
      if (sum < smallest) [best, smallest] = [filter, sum];
    }
    rows[y * (stride + 1)] = best;
    rows.set(tried[best]!, y * (stride + 1) + 1);
  }
  return rows;
}

/**
 * @param above zeros for the first row
 * @param n bytes of a pixel
 * @returns the sum of the magnitudes of `out`
 */
function applyFilter(filter: number, line: Uint8Array, above: Uint8Array, n: number, out: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < line.length; i++) {
    const left = i < n ? 0 : line[i - n]!;
    const up = above[i]!;
    let expected = 0;
    if (filter === 1) expected = left;
    else if (filter === 2) expected = up;
    else if (filter === 3) expected = (left + up) >> 1;
    else if (filter === 4) expected = paeth(left, up, i < n ? 0 : above[i - n]!);
    const difference = (line[i]! - expected) & 255;
    out[i] = difference;
    sum += difference < 128 ? difference : 256 - difference;
  }
  return sum;
}

/** The neighbor (left, above, above left) that is nearest to left + above - above left (PNG, 9.4). */
export function paeth(left: number, above: number, aboveLeft: number): number {
  const fromLeft = Math.abs(above - aboveLeft);
  const fromAbove = Math.abs(left - aboveLeft);
  const fromAboveLeft = Math.abs(left + above - 2 * aboveLeft);
  if (fromLeft <= fromAbove && fromLeft <= fromAboveLeft) return left;
  return fromAbove <= fromAboveLeft ? above : aboveLeft;
}
