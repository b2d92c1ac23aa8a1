import type { Matrix } from './kernels/kernels.js';
import { tridiagonalEigenvalues } from './tridiagonal-eigenvalues.js';
import { tridiagonalize } from './tridiagonalize.js';
import type { Workspace } from './workspace.js';

/**
 * Eigenvalues of a symmetric matrix by reduction to tridiagonal form. About 4/3 n^3 multiplications and additions.
 *
 * @param matrix [n, n]; only the upper triangle is read, and it is destroyed
 * @returns the eigenvalues in no particular order, [n]
 * @throws if the matrix contains NaN or infinite values
 */
export function symmetricEigenvalues(work: Workspace, matrix: Matrix, n: number): Float64Array {
  const factors = scaleToOne(matrix, n);
  const eigenvalues = tridiagonalEigenvalues(tridiagonalize(work, matrix, n));
  return eigenvalues.map((value) => value / factors[0] / factors[1]);
}

/**
 * Multiplies a matrix by a power of two that makes its largest element about 1, so that squares neither overflow nor
 * underflow.
 *
 * @returns two factors of the power, which itself may be too large for a double
 */
function scaleToOne({ data, stride }: Matrix, n: number): [number, number] {
  const rows = Array.from({ length: n }, (_, i) => data.subarray(i * stride + i, i * stride + n));
  let largest = 0;
  for (const row of rows) {
    for (let k = 0; k < row.length; k++) {
      const size = Math.abs(row[k]!);
      if (!(size < Infinity)) throw new Error('The matrix contains NaN or infinite values.');
      if (size > largest) largest = size;
    }
  }
  const exponent = largest === 0 ? 0 : -Math.floor(Math.log2(largest));
  const half = Math.trunc(exponent / 2);
  const [a, b] = [2 ** half, 2 ** (exponent - half)];
  for (const row of rows) for (let k = 0; k < row.length; k++) row[k] = row[k]! * a * b;
  return [a, b];
}
