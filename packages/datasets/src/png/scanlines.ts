import type { PngHeader } from './header.js';
import { paeth } from './paeth.js';

/** The seven passes of Adam7: first column and row, and the steps to the next ones (PNG, 8.1). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;
const WHOLE = [[0, 0, 1, 1]] as const;

/** A part of the image whose rows follow one another. */
interface Pass {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
  columns: number;
  rows: number;
  /** Bytes of a row, without the filter's number before it. */
  stride: number;
}

function passes({ width, height, channels, depth, interlaced }: PngHeader): Pass[] {
  const all = (interlaced ? ADAM7 : WHOLE).map(([x, y, stepX, stepY]) => {
    const columns = Math.ceil((width - x) / stepX);
    const rows = Math.ceil((height - y) / stepY);
    return { x, y, stepX, stepY, columns, rows, stride: Math.ceil((columns * channels * depth) / 8) };
  });
  return all.filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Bytes that the rows of an image have, unpacked. */
export function unpackedBytes(header: PngHeader): number {
  return passes(header).reduce((sum, { rows, stride }) => sum + rows * (stride + 1), 0);
}

/**
 * The pixels of unpacked rows, 8 bits each: of 16-bit numbers the upper half, of 2- and 4-bit ones what spreads them evenly.
 *
 * @param rows {@link unpackedBytes} bytes, which are changed
 * @returns HWC order
 * @throws if a row names a filter that does not exist
 */
export function readScanlines(rows: Uint8Array, header: PngHeader): Uint8Array {
  const { width, height, channels, depth } = header;
  const bytesBefore = Math.max(1, (channels * depth) >> 3);
  const out = new Uint8Array(width * height * channels);
  let at = 0;
  for (const pass of passes(header)) {
    const { stride } = pass;
    for (let row = 0; row < pass.rows; row++) {
      const start = at + 1;
      unfilter(rows, rows[at]!, start, stride, row === 0 ? null : start - stride - 1, bytesBefore);
      const first = ((pass.y + row * pass.stepY) * width + pass.x) * channels;
      if (depth === 8 && pass.stepX === 1) copy(rows, start, stride, out, first);
      else scatter(toBytes(rows.subarray(start, start + stride), depth), pass, channels, out, first);
      at = start + stride;
    }
  }
  return out;
}

/** For rows of some hundred bytes as fast as `set`, which wants an array of its own for them. */
function copy(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}

/** Puts the numbers of a row in the places that they have in the image. @param first place of the row's first number */
function scatter(row: Uint8Array, { columns, stepX }: Pass, channels: number, out: Uint8Array, first: number): void {
  for (let i = 0; i < columns * channels; i++) {
    out[first + Math.floor(i / channels) * stepX * channels + (i % channels)] = row[i]!;
  }
}

/**
 * Undoes a row's filter in place (PNG, 9.2).
 *
 * @param start, length where the row is in `rows`
 * @param above where the row above is; null for the first one
 * @param n bytes of a whole pixel
 */
function unfilter(
  rows: Uint8Array,
  type: number,
  start: number,
  length: number,
  above: number | null,
  n: number,
): void {
  if (type === 0) return;
  if (type > 4) throw new Error(`a row has the filter ${type}, which does not exist`);
  // Above the first row are zeros: the third filter halves the left neighbour alone, the fourth is the first.
  if (above === null) {
    if (type !== 2) for (let i = start + n; i < start + length; i++) rows[i]! += rows[i - n]! >> (type === 3 ? 1 : 0);
    return;
  }
  const up = above - start;
  const end = start + length;
  if (type === 1) {
    for (let i = start + n; i < end; i++) rows[i]! += rows[i - n]!;
  } else if (type === 2) {
    for (let i = start; i < end; i++) rows[i]! += rows[i + up]!;
  } else if (type === 3) {
    for (let i = start; i < start + n; i++) rows[i]! += rows[i + up]! >> 1;
    for (let i = start + n; i < end; i++) rows[i]! += (rows[i - n]! + rows[i + up]!) >> 1;
  } else {
    for (let i = start; i < start + n; i++) rows[i]! += rows[i + up]!;
    for (let i = start + n; i < end; i++) rows[i]! += paeth(rows[i - n]!, rows[i + up]!, rows[i + up - n]!);
  }
}

function toBytes(line: Uint8Array, depth: number): Uint8Array {
  if (depth === 8) return line;
  if (depth === 16) return line.filter((_, i) => i % 2 === 0);
  const perByte = 8 / depth;
  const largest = 2 ** depth - 1;
  return Uint8Array.from({ length: line.length * perByte }, (_, i) => {
    const shift = 8 - depth * (1 + (i % perByte));
    return ((line[Math.floor(i / perByte)]! >> shift) & largest) * (255 / largest);
  });
}
