import { congruence } from './congruence.js';
import type { Matrix } from './kernels/kernels.js';
import { pivotedCholesky, type Pivots } from './pivoted-cholesky.js';
import { symmetricEigenvalues } from './symmetric-eigenvalues.js';
import { Workspace } from './workspace.js';

/**
 * Computes tr (S1 S2)^(1/2) of two positive semidefinite matrices.
 *
 * With S1 = L L', the nonzero eigenvalues of S1 S2 are those of L' S2 L: a symmetric problem whose size is the rank
 * of S1. The matrix of lower rank is factorized. Pivoting makes the elements of L' S2 L fall from the first to the last
 * row, which keeps the small eigenvalues' precision.
 *
 * @param s1 [n, n]; only the upper triangle is read, here and of `s2`
 * @param options see {@link Workspace}
 */
export function traceSqrtProduct(
  s1: Float64Array,
  s2: Float64Array,
  n: number,
  options: { plain?: boolean } = {},
): number {
  const work = new Workspace(n, 3, options);
  const [first, second] = [factorize(work, s1, n), factorize(work, s2, n)];
  const [factor, other] = first.rank <= second.rank ? [first, second] : [second, first];
  copyMatrix(other.original, n, other.rows, factor.order);
  congruence(work, factor, other.rows, n);
  let trace = 0;
  for (const value of symmetricEigenvalues(work, other.rows, factor.rank)) trace += Math.sqrt(Math.max(0, value));
  return trace;
}

interface Factorized extends Pivots {
  original: Float64Array;
  rows: Matrix;
}

function factorize(work: Workspace, original: Float64Array, n: number): Factorized {
  const rows = work.matrix();
  copyMatrix(original, n, rows);
  return { original, rows, ...pivotedCholesky(work, rows, n) };
}

/** Copies a square matrix, with its rows and columns in an order. */
function copyMatrix(from: Float64Array, n: number, { data, stride }: Matrix, order?: Int32Array): void {
  for (let i = 0; i < n; i++) {
    const at = (order?.[i] ?? i) * n;
    const row = from.subarray(at, at + n);
    const target = data.subarray(i * stride, i * stride + n);
    if (order === undefined) target.set(row);
    else for (let k = 0; k < n; k++) target[k] = row[order[k]!]!;
  }
}
