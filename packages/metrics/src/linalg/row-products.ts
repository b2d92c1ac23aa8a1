/** Columns per panel: what the inner loops read then stays in the processor's caches. */
const COLUMNS = 256;
/** Rows of the two matrices in a tile: its twelve sums fit into the processor's registers. */
const TILE_A = 4;
const TILE_B = 3;
/** Rows of the second matrix processed at a time. */
const ROWS = 20 * TILE_B;

/** A row-major matrix. */
export interface Rows {
  /** [rows, columns] */
  data: Float64Array;
  rows: number;
  columns: number;
}

/** Options of {@link rowProducts}. */
export interface RowProductOptions {
  /** Whether the first matrix is upper triangular: elements below its diagonal are not read. */
  upper?: boolean;
  /** Whether to compute only the lower triangle of the result; the rest is undefined. */
  lower?: boolean;
}

/** A range of columns of both matrices, and the result. */
interface Panel {
  out: Float64Array;
  rows: number;
  columns: number;
  /** Both operands, as {@link interleave} packs them. */
  a: Float64Array;
  b: Float64Array;
  /** Number of columns in the range. */
  width: number;
}

/**
 * A B': dot products of all rows of `a` with all rows of `b`. Computed in tiles, because a single sum would stall on the
 * latency of its own additions.
 *
 * @returns [a.rows, b.rows]
 */
export function rowProducts(a: Rows, b: Rows, { upper = false, lower = false }: RowProductOptions = {}): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  for (let from = 0; from < a.columns; from += COLUMNS) {
    const to = Math.min(from + COLUMNS, a.columns);
    const packed = { a: interleave(a, TILE_A, from, to), b: interleave(b, TILE_B, from, to) };
    const panel: Panel = { out, rows: a.rows, columns: b.rows, ...packed, width: to - from };
    const lastRow = upper ? Math.min(a.rows, to) : a.rows;
    for (let start = 0; start < b.rows; start += ROWS) {
      const end = Math.min(start + ROWS, b.rows);
      for (let i = 0; i < lastRow; i += TILE_A) {
        const stop = lower ? Math.min(end, i + TILE_A) : end;
        const skipped = upper ? Math.max(0, i - from) : 0;
        for (let j = start; j < stop; j += TILE_B) addTile(panel, i, j, skipped);
      }
    }
  }
  return out;
}

/**
 * Packs columns `from` to `to` of a matrix in the order in which tiles read them: for each group of rows, column by
 * column. The last group is padded with zero rows.
 */
function interleave({ data, rows, columns }: Rows, group: number, from: number, to: number): Float64Array {
  const width = to - from;
  const out = new Float64Array(Math.ceil(rows / group) * group * width);
  for (let row = 0; row < rows; row++) {
    const inGroup = row % group;
    let at = (row - inGroup) * width + inGroup;
    for (let k = row * columns + from; k < row * columns + to; k++, at += group) out[at] = data[k]!;
  }
  return out;
}

/** Adds the products of the panel's columns, except the first `skipped`, to the tile at row i, column j of the result. */
function addTile({ out, rows, columns, a, b, width }: Panel, i: number, j: number, skipped: number): void {
  const end = (i + TILE_A) * width;
  let s00 = 0;
  let s01 = 0;
  let s02 = 0;
  let s10 = 0;
  let s11 = 0;
  let s12 = 0;
  let s20 = 0;
  let s21 = 0;
  let s22 = 0;
  let s30 = 0;
  let s31 = 0;
  let s32 = 0;
  for (let p = i * width + skipped * TILE_A, q = j * width + skipped * TILE_B; p < end; p += TILE_A, q += TILE_B) {
    const y0 = b[q]!;
    const y1 = b[q + 1]!;
    const y2 = b[q + 2]!;
    const x0 = a[p]!;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s02 += x0 * y2;
    const x1 = a[p + 1]!;
    s10 += x1 * y0;
    s11 += x1 * y1;
    s12 += x1 * y2;
    const x2 = a[p + 2]!;
    s20 += x2 * y0;
    s21 += x2 * y1;
    s22 += x2 * y2;
    const x3 = a[p + 3]!;
    s30 += x3 * y0;
    s31 += x3 * y1;
    s32 += x3 * y2;
  }
  const at = i * columns + j;
  const remaining = columns - j;
  addRow(out, at, remaining, s00, s01, s02);
  if (i + 1 < rows) addRow(out, at + columns, remaining, s10, s11, s12);
  if (i + 2 < rows) addRow(out, at + 2 * columns, remaining, s20, s21, s22);
  if (i + 3 < rows) addRow(out, at + 3 * columns, remaining, s30, s31, s32);
}

/** @param remaining number of elements left in the row of the result */
function addRow(out: Float64Array, at: number, remaining: number, first: number, second: number, third: number): void {
  out[at]! += first;
  if (remaining > 1) out[at + 1]! += second;
  if (remaining > 2) out[at + 2]! += third;
}
