import type { PngHeader } from './header.js';

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
    let above: Uint8Array | null = null;
    for (let row = 0; row < pass.rows; row++) {
      const line: Uint8Array = rows.subarray(at + 1, at + 1 + pass.stride);
      unfilter(rows[at]!, line, above, bytesBefore);
      const samples = toBytes(line, depth);
      const start = (pass.y + row * pass.stepY) * width + pass.x;
      if (pass.stepX === 1) out.set(samples.subarray(0, pass.columns * channels), start * channels);
      else scatter(samples, pass, channels, out, start);
      above = line;
      at += 1 + pass.stride;
    }
  }
  return out;
}

function scatter(samples: Uint8Array, { columns, stepX }: Pass, channels: number, out: Uint8Array, start: number) {
  for (let i = 0; i < columns * channels; i++) {
    out[(start + Math.floor(i / channels) * stepX) * channels + (i % channels)] = samples[i]!;
  }
}

/** Undoes a row's filter in place (PNG, 9.2). @param n bytes of a whole pixel; @param above null in the first row */
function unfilter(type: number, line: Uint8Array, above: Uint8Array | null, n: number): void {
  const length = line.length;
  if (type === 0) return;
  if (type > 4) throw new Error(`a row has the filter ${type}, which does not exist`);
  if (type === 1) {
    for (let i = n; i < length; i++) line[i]! += line[i - n]!;
  } else if (type === 2) {
    if (above !== null) for (let i = 0; i < length; i++) line[i]! += above[i]!;
  } else if (type === 3) {
    for (let i = 0; i < length; i++) line[i]! += ((i < n ? 0 : line[i - n]!) + (above?.[i] ?? 0)) >> 1;
  } else {
    for (let i = 0; i < length; i++) {
      const upper = above?.[i] ?? 0;
      line[i]! += i < n ? upper : paeth(line[i - n]!, upper, above?.[i - n] ?? 0);
    }
  }
}

/** The neighbour (left, above, above left) that is nearest to left + above - above left. */
function paeth(a: number, b: number, c: number): number {
  const [fromA, fromB, fromC] = [Math.abs(b - c), Math.abs(a - c), Math.abs(a + b - 2 * c)];
  if (fromA <= fromB && fromA <= fromC) return a;
  return fromB <= fromC ? b : c;
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
