import { addProduct } from './add-product.js';
import { TILE, type Matrix } from './kernels/kernels.js';
import { PANEL, type Workspace } from './workspace.js';

/** What a Cholesky factorization with pivoting finds besides the factor. */
export interface Pivots {
  /** Numerical rank of the matrix. */
  rank: number;
  /** Indices of the rows of the matrix in pivot order, [n] */
  order: Int32Array;
}

/**
 * Blocked Cholesky factorization with diagonal pivoting (Higham, Accuracy and Stability of Numerical Algorithms,
 * section 10.3): A[order[i], order[j]] = (L L')[i, j].
 *
 * Works for singular matrices too, such as the covariance of fewer images than features: it stops when only rounding
 * noise remains, and the number of steps is the rank.
 *
 * @param matrix symmetric positive semidefinite, [n, n]; only the upper triangle is read. Its first `rank` rows become
 *   L', upper triangular; what is below the diagonal is undefined.
 */
export function pivotedCholesky(work: Workspace, matrix: Matrix, n: number): Pivots {
  const { data, stride } = matrix;
  const order = Int32Array.from({ length: n }, (_, i) => i);
  const diagonal = Float64Array.from(order, (i) => data[i * (stride + 1)]!);
  const tolerance = n * Number.EPSILON * diagonal.reduce((a, b) => Math.max(a, b), 0);
  for (let start = 0; start < n; start += PANEL) {
    const end = Math.min(start + PANEL, n);
    for (let step = start; step < end; step++) {
      let pivot = step;
      for (let i = step + 1; i < n; i++) if (diagonal[i]! > diagonal[pivot]!) pivot = i;
      if (diagonal[pivot]! <= tolerance) return { rank: step, order };
      exchange(matrix, n, step, pivot);
      for (const values of [order, diagonal]) [values[step], values[pivot]] = [values[pivot]!, values[step]!];
      subtractEarlier(work, matrix, start, step);
      divideRow(data.subarray(step * stride, step * stride + n), step, diagonal);
    }
    const rest = { ...matrix, at: end * (stride + 1) };
    const rows = { matrix: { ...matrix, at: start * stride + end }, rows: n - end, transposed: true };
    addProduct(work, rest, rows, rows, end - start, { negative: true, triangle: 'upper' });
  }
  return { rank: n, order };
}

/** Exchanges rows and columns i < j of a symmetric matrix, of which the upper triangle is stored. */
function exchange({ data, stride }: Matrix, n: number, i: number, j: number): void {
  if (i === j) return;
  const swap = (a: number, b: number) => {
    const value = data[a]!;
    data[a] = data[b]!;
    data[b] = value;
  };
  for (let k = 0; k < i; k++) swap(k * stride + i, k * stride + j);
  for (let k = i + 1; k < j; k++) swap(i * stride + k, k * stride + j);
  for (let k = j + 1; k < n; k++) swap(i * stride + k, j * stride + k);
}

/** Subtracts what the earlier steps of a panel take from a row. */
function subtractEarlier({ kernels, factors }: Workspace, matrix: Matrix, start: number, step: number): void {
  const { data, stride } = matrix;
  for (let k = start; k < step; k++) factors.data[k - start] = -data[k * stride + step]!;
  const column = step - (step % TILE);
  const rows = { ...matrix, at: start * stride + column };
  kernels.addRows(rows, step - start, stride - column, factors, { data, at: step * stride + column });
}

/** Makes a row of the factor of a row of what remains, and updates the diagonal of what remains. */
function divideRow(row: Float64Array, step: number, diagonal: Float64Array): void {
  const root = Math.sqrt(diagonal[step]!);
  row[step] = root;
  for (let k = step + 1; k < row.length; k++) {
    // Where nothing remains, there is only rounding noise.
    row[k] = diagonal[k] === 0 ? 0 : row[k]! / root;
    diagonal[k] = Math.max(0, diagonal[k]! - row[k]! ** 2);
  }
}
