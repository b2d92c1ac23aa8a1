import { rowProducts } from './row-products.js';

/** A factor of a positive semidefinite matrix A: A[order[i], order[j]] = (L L')[i, j]. */
export interface Factor {
  /** L transposed, row by row: `rank` rows of length `n`, upper triangular. */
  rows: Float64Array;
  rank: number;
  /** Rows and columns of A in the order in which they were taken. */
  order: Int32Array;
}

/** Steps between two updates of what is left of the matrix. */
const PANEL = 64;

/** What is left of a matrix after some steps. */
interface Remainder {
  /** Lower triangle, size * size. */
  matrix: Float64Array;
  /** Rows of the original matrix. */
  indices: Int32Array;
  diagonal: Float64Array;
}

/**
 * Cholesky factorization with diagonal pivoting (Higham, Accuracy and Stability of Numerical Algorithms, section 10.3), in
 * panels of steps.
 *
 * It exists for singular matrices too, such as the covariance of fewer images than features: it stops when what is left
 * is rounding noise, and the number of steps is the rank.
 *
 * @param matrix symmetric positive semidefinite, n * n numbers; only read
 */
export function pivotedCholesky(matrix: Float64Array, n: number): Factor {
  const diagonal = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]!);
  const tolerance = n * Number.EPSILON * diagonal.reduce((a, b) => Math.max(a, b), 0);
  const unordered = new Float64Array(n * n);
  const order: number[] = [];
  let left: Remainder = { matrix, indices: Int32Array.from({ length: n }, (_, i) => i), diagonal };
  let rank = 0;
  while (left.indices.length > 0) {
    const { rows, pivots } = panel(left, tolerance);
    rows.forEach((row, step) => {
      for (let i = 0; i < row.length; i++) unordered[(rank + step) * n + left.indices[i]!] = row[i]!;
    });
    order.push(...pivots.map((pivot) => left.indices[pivot]!));
    rank += rows.length;
    if (rows.length < PANEL) break;
    left = withoutPanel(left, rows, pivots);
  }
  const taken = new Set(order);
  for (let i = 0; i < n; i++) if (!taken.has(i)) order.push(i);
  const rows = new Float64Array(rank * n);
  for (let i = 0; i < rank; i++) for (let k = i; k < n; k++) rows[i * n + k] = unordered[i * n + order[k]!]!;
  return { rows, rank, order: Int32Array.from(order) };
}

/** The next steps, as many as a panel has or until nothing but noise is left: rows of L', and which pivots were taken. */
function panel({ matrix, diagonal }: Remainder, tolerance: number): { rows: Float64Array[]; pivots: number[] } {
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
      // A pivot that is used up stays exactly so, whatever rounding says.
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

/** What is left when the steps of a panel are taken off. */
function withoutPanel({ matrix, indices, diagonal }: Remainder, rows: Float64Array[], pivots: number[]): Remainder {
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
