/** A factor L of a positive semidefinite matrix A = L L'. */
export interface Factor {
  /** L transposed, row by row: `rank` rows of length `n`. */
  rows: Float64Array;
  rank: number;
}

/**
 * Cholesky factorization with diagonal pivoting (Higham, Accuracy and Stability of Numerical Algorithms, section 10.3).
 *
 * It exists for singular matrices too, such as the covariance of fewer images than features: it stops when what is left
 * is rounding noise, and the number of steps is the rank.
 *
 * @param matrix symmetric positive semidefinite, n * n numbers; only read
 */
export function pivotedCholesky(matrix: Float64Array, n: number): Factor {
  const rows = new Float64Array(n * n);
  const remaining = Float64Array.from({ length: n }, (_, i) => matrix[i * n + i]!);
  const tolerance = n * Number.EPSILON * Math.max(0, ...remaining);
  let rank = 0;
  for (; rank < n; rank++) {
    let pivot = 0;
    for (let i = 1; i < n; i++) if (remaining[i]! > remaining[pivot]!) pivot = i;
    if (remaining[pivot]! <= tolerance) break;
    const root = Math.sqrt(remaining[pivot]!);
    const row = rows.subarray(rank * n, (rank + 1) * n);
    for (let i = 0; i < n; i++) row[i] = matrix[pivot * n + i]!;
    for (let k = 0; k < rank; k++) {
      const factor = rows[k * n + pivot]!;
      if (factor === 0) continue;
      for (let i = 0, at = k * n; i < n; i++, at++) row[i]! -= factor * rows[at]!;
    }
    for (let i = 0; i < n; i++) {
      // A pivot that is used up stays exactly so, whatever rounding says.
      row[i] = remaining[i] === 0 ? 0 : row[i]! / root;
      remaining[i] = Math.max(0, remaining[i]! - row[i]! ** 2);
    }
    row[pivot] = root;
    remaining[pivot] = 0;
  }
  return { rows: rows.subarray(0, rank * n), rank };
}
