/** Columns at a time, so that what the inner loops read stays in the processor's caches. */
const COLUMNS = 256;
/** Rows of the second matrix at a time. */
const ROWS = 64;

/** A row-major matrix. */
export interface Rows {
  data: Float64Array;
  rows: number;
  columns: number;
}

/** What of a product is computed. */
export interface RowProductOptions {
  /** The first matrix is upper triangular: what is left of its diagonal is not read. */
  upper?: boolean;
  /** Only the lower triangle of the result is wanted; the rest is not defined. */
  lower?: boolean;
}

/**
 * A B': dot products of all rows of `a` with all rows of `b`, eight at a time, since one sum alone would wait for itself.
 *
 * @returns a.rows * b.rows numbers
 */
export function rowProducts(a: Rows, b: Rows, { upper = false, lower = false }: RowProductOptions = {}): Float64Array {
  const out = new Float64Array(a.rows * b.rows);
  for (let from = 0; from < a.columns; from += COLUMNS) {
    const to = Math.min(from + COLUMNS, a.columns);
    const lastRow = upper ? Math.min(a.rows, to) : a.rows;
    for (let start = 0; start < b.rows; start += ROWS) {
      const end = Math.min(start + ROWS, b.rows);
      for (let i = 0; i < lastRow; i += 4) {
        const stop = lower ? Math.min(end, i + 4) : end;
        for (let j = start; j < stop; j += 2) addTile(out, a, b, i, j, upper ? Math.max(from, i) : from, to);
      }
    }
  }
  return out;
}

/** Adds the products of four rows from `i` on with two from `j` on, over columns `from` to `to`. */
function addTile(out: Float64Array, a: Rows, b: Rows, i: number, j: number, from: number, to: number): void {
  const length = a.columns;
  const x = a.data;
  const y = b.data;
  const lastA = a.rows - 1;
  const lastB = b.rows - 1;
  // Beyond the last row the last one is read again, and what comes of it is not stored.
  let a0 = i * length + from;
  let a1 = Math.min(i + 1, lastA) * length + from;
  let a2 = Math.min(i + 2, lastA) * length + from;
  let a3 = Math.min(i + 3, lastA) * length + from;
  let b0 = j * length + from;
  let b1 = Math.min(j + 1, lastB) * length + from;
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  let s20 = 0;
  let s21 = 0;
  let s30 = 0;
  let s31 = 0;
  for (let k = from; k < to; k++) {
    const y0 = y[b0++]!;
    const y1 = y[b1++]!;
    const x0 = x[a0++]!;
    s00 += x0 * y0;
    s01 += x0 * y1;
    const x1 = x[a1++]!;
    s10 += x1 * y0;
    s11 += x1 * y1;
    const x2 = x[a2++]!;
    s20 += x2 * y0;
    s21 += x2 * y1;
    const x3 = x[a3++]!;
    s30 += x3 * y0;
    s31 += x3 * y1;
  }
  const two = j < lastB;
  addPair(out, i * b.rows + j, s00, s01, two);
  if (i + 1 <= lastA) addPair(out, (i + 1) * b.rows + j, s10, s11, two);
  if (i + 2 <= lastA) addPair(out, (i + 2) * b.rows + j, s20, s21, two);
  if (i + 3 <= lastA) addPair(out, (i + 3) * b.rows + j, s30, s31, two);
}

function addPair(out: Float64Array, at: number, first: number, second: number, two: boolean): void {
  out[at]! += first;
  if (two) out[at + 1]! += second;
}
