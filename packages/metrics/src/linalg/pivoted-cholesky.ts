import { rowProducts } from './row-products.js';

/** A Cholesky factor L of a positive semidefinite matrix A with permuted rows: A[order[i], order[j]] = (L L')[i, j]. */
export interface Factor {
  /** L', upper triangular, [rank, n] */
  rows: Float64Array;
  /** Numerical rank of A. */
  rank: number;
  /** Indices of the rows of A in pivot order, [n] */
  order: Int32Array;
}

/** Steps between two updates of the remaining matrix. */
const PANEL = 64;

/** The Schur complement that remains after some steps. */
interface Remainder {
  /** Lower triangle, [size, size] */
  matrix: Float64Array;
  /** Its rows' indices in the original matrix, [size] */
  indices: Int32Array;
  /** [size] */
  diagonal: Float64Array;
}

/**
 * Blocked Cholesky factorization with diagonal pivoting (Higham, Accuracy and Stability of Numerical Algorithms,
 * section 10.3).
 *
 * Works for singular matrices too, such as the covariance of fewer images than features: it stops when only rounding
 * noise remains, and the number of steps is the rank.
 *
 * @param matrix symmetric positive semidefinite, [n, n]; not modified
 */
export function pivotedCholesky(matrix: Float64Array, n: number): Factor {
  const diagonal = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]!);
  const tolerance = n * Number.EPSILON * diagonal.reduce((a, b) => Math.max(a, b), 0);
  const unordered = new Float64Array(n * n);
  const order: number[] = [];
  let remainder: Remainder = { matrix, indices: Int32Array.from({ length: n }, (_, i) => i), diagonal };
  let rank = 0;
  while (remainder.indices.length > 0) {
    const { rows, pivots } = factorizePanel(remainder, tolerance);
    rows.forEach((row, step) => {
      for (let i = 0; i < row.length; i++) unordered[(rank + step) * n + remainder.indices[i]!] = row[i]!;
    });
    order.push(...pivots.map((pivot) => remainder.indices[pivot]!));
    rank += rows.length;
    if (rows.length < PANEL) break;
    remainder = subtractPanel(remainder, rows, pivots);
  }
  const taken = new Set(order);
  for (let i = 0; i < n; i++) if (!taken.has(i)) order.push(i);
  const rows = new Float64Array(rank * n);
  for (let i = 0; i < rank; i++) for (let k = i; k < n; k++) rows[i * n + k] = unordered[i * n + order[k]!]!;
  return { rows, rank, order: Int32Array.from(order) };
}

/**
 * Takes the next steps, at most {@link PANEL} of them, and stops when only noise remains. Updates the diagonal.
 *
 * @returns rows of L', and the pivots in the order they were taken
 */
function factorizePanel(
  { matrix, diagonal }: Remainder,
  tolerance: number,
): { rows: Float64Array[]; pivots: number[] } {
  const size = diagonal.length;
  const rows: Float64Array[] = [];
  const pivots: number[] = [];
  while (rows.length < PANEL && rows.length < size) {
    let pivot = 0;
    for (let i = 1; i < size; i++) if (diagonal[i]! > diagonal[pivot]!) pivot = i;
    if (diagonal[pivot]! <= tolerance) break;
    const root = Math.sqrt(diagonal[pivot]!);
    const row = new Float64Array(size);
    for (let i = 0; i < pivot; i++) row[i] = matrix[pivot * size + i]!;
    for (let i = pivot; i < size; i++) row[i] = matrix[i * size + pivot]!;
    for (const earlier of rows) {
      const factor = earlier[pivot]!;
      for (let i = 0; i < size; i++) row[i]! -= factor * earlier[i]!;
    }
    for (let i = 0; i < size; i++) {
      // The diagonal of a used pivot stays exactly zero, regardless of rounding.
      row[i] = diagonal[i] === 0 ? 0 : row[i]! / root;
      diagonal[i] = Math.max(0, diagonal[i]! - row[i]! ** 2);
    }
    row[pivot] = root;
    diagonal[pivot] = 0;
    rows.push(row);
    pivots.push(pivot);
  }
  return { rows, pivots };
}

/** Returns the matrix that remains after the steps of a panel. */
function subtractPanel({ matrix, indices, diagonal }: Remainder, rows: Float64Array[], pivots: number[]): Remainder {
  const size = indices.length;
  const used = new Set(pivots);
  const kept = Int32Array.from({ length: size }, (_, i) => i).filter((i) => !used.has(i));
  const columns = new Float64Array(kept.length * rows.length);
  rows.forEach((row, step) => kept.forEach((k, i) => (columns[i * rows.length + step] = row[k]!)));
  const factor = { data: columns, rows: kept.length, columns: rows.length };
  const next = rowProducts(factor, factor, { lower: true });
  for (let i = 0; i < kept.length; i++) {
    const from = kept[i]! * size;
    for (let j = 0, at = i * kept.length; j <= i; j++, at++) next[at] = matrix[from + kept[j]!]! - next[at]!;
  }
  return {
    matrix: next,
    indices: kept.map((k) => indices[k]!),
    diagonal: Float64Array.from(kept, (k) => diagonal[k]!),
  };
}
