import { PALETTE, type PngHeader } from './header.js';
import { paeth } from './filter-rows.js';

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

/** A pass over the image, whose rows follow one another. */
interface Pass {
  x: number;
  y: number;
  stepX: number;
  stepY: number;
  columns: number;
  rows: number;
  /** Bytes of a row, without the number of its filter. */
  stride: number;
}

function listPasses({ width, height, channels, depth, interlaced }: PngHeader): Pass[] {
  const all = (interlaced ? ADAM7 : WHOLE).map(([x, y, stepX, stepY]) => {
    const columns = Math.ceil((width - x) / stepX);
    const rows = Math.ceil((height - y) / stepY);
    return { x, y, stepX, stepY, columns, rows, stride: Math.ceil((columns * channels * depth) / 8) };
  });
  return all.filter(({ columns, rows }) => columns > 0 && rows > 0);
}

/** Number of bytes of the unpacked rows of an image. */
export function unpackedBytes(header: PngHeader): number {
  return listPasses(header).reduce((sum, { rows, stride }) => sum + rows * (stride + 1), 0);
}

/**
 * Reads the pixels of unpacked rows as 8-bit numbers: the upper half of 16-bit numbers; numbers of 1, 2 and 4
 * bits are scaled, except indices of a palette.
 *
 * @param rows {@link unpackedBytes} bytes, which are overwritten
 * @returns [H, W, C]
 * @throws if a row names a filter that does not exist
 */
export function readScanlines(rows: Uint8Array, header: PngHeader): Uint8Array {
  const { width, height, channels, depth, colorType } = header;
  const isIndex = colorType === PALETTE;
  const bytesBefore = Math.max(1, (channels * depth) >> 3);
  const out = new Uint8Array(width * height * channels);
  let at = 0;
  for (const pass of listPasses(header)) {
    const { stride } = pass;
    const isPixels = depth === 8 && pass.stepX === 1;
    for (let row = 0; row < pass.rows; row++, at += 1 + stride) {
      const start = at + 1;
      const first = ((pass.y + row * pass.stepY) * width + pass.x) * channels;
      const up = row === 0 ? 0 : isPixels ? stride * pass.stepY : stride + 1;
      const place = isPixels ? { to: out, at: first, up } : { to: rows, at: start, up };
      unfilter(rows[at]!, { from: rows, start, length: stride, ...place }, bytesBefore);
      if (isPixels) continue;
      scatter(toBytes(rows.subarray(start, start + stride), depth, isIndex), pass, channels, out, first);
    }
  }
  return out;
}

/**
 * Writes the numbers of a row to their places in the image.
 *
 * @param first place of the row's first number
 */
function scatter(row: Uint8Array, { columns, stepX }: Pass, channels: number, out: Uint8Array, first: number): void {
  for (let i = 0; i < columns * channels; i++) {
    out[first + Math.floor(i / channels) * stepX * channels + (i % channels)] = row[i]!;
  }
}

/** A filtered row, and where its bytes go. */
interface Row {
  from: Uint8Array;
  start: number;
  /** May be `from`. */
  to: Uint8Array;
  at: number;
  length: number;
  /** The row above begins this many bytes before `at`; 0 for the first row. */
  up: number;
}

/**
 * Undoes a row's filter (PNG, 9.2).
 *
 * @param n bytes of a whole pixel
 */
function unfilter(type: number, { from, start, to, at, length, up }: Row, n: number): void {
  if (type > 4) throw new Error(`a row has the filter ${type}, which does not exist`);
  const shift = start - at;
  const [second, end] = [Math.min(at + n, at + length), at + length];
  // Above the first row and left of the first pixel are zeros.
  if (up === 0) {
    const half = type === 3 ? 1 : 0;
    if (type === 0 || type === 2) for (let i = at; i < end; i++) to[i] = from[i + shift]!;
    else {
      for (let i = at; i < second; i++) to[i] = from[i + shift]!;
      for (let i = second; i < end; i++) to[i] = from[i + shift]! + (to[i - n]! >> half);
    }
  } else if (type === 0) {
    for (let i = at; i < end; i++) to[i] = from[i + shift]!;
  } else if (type === 1) {
    for (let i = at; i < second; i++) to[i] = from[i + shift]!;
    for (let i = second; i < end; i++) to[i] = from[i + shift]! + to[i - n]!;
  } else if (type === 2) {
    for (let i = at; i < end; i++) to[i] = from[i + shift]! + to[i - up]!;
  } else if (type === 3) {
    for (let i = at; i < second; i++) to[i] = from[i + shift]! + (to[i - up]! >> 1);
    for (let i = second; i < end; i++) to[i] = from[i + shift]! + ((to[i - n]! + to[i - up]!) >> 1);
  } else {
    for (let i = at; i < second; i++) to[i] = from[i + shift]! + to[i - up]!;
    for (let i = second; i < end; i++) to[i] = from[i + shift]! + paeth(to[i - n]!, to[i - up]!, to[i - up - n]!);
  }
}

function toBytes(line: Uint8Array, depth: number, isIndex: boolean): Uint8Array {
  if (depth === 8) return line;
  if (depth === 16) return line.filter((_, i) => i % 2 === 0);
  const perByte = 8 / depth;
  const largest = 2 ** depth - 1;
  const scale = isIndex ? 1 : 255 / largest;
  return Uint8Array.from({ length: line.length * perByte }, (_, i) => {
    const shift = 8 - depth * (1 + (i % perByte));
    return ((line[Math.floor(i / perByte)]! >> shift) & largest) * scale;
  });
}
