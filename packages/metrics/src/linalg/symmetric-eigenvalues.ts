import { tridiagonalize } from './tridiagonalize.js';

const LEAST_NORMAL = 2 ** -1022;
const MAX_ITERATIONS = 60;

/**
 * Eigenvalues of a symmetric matrix: Householder's reduction to tridiagonal form, then the implicit QL algorithm (Golub &
 * Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3). About 4/3 n^3 multiplications.
 *
 * @param matrix n * n numbers, of which the lower triangle is read
 * @returns the eigenvalues, in no order
 * @throws if the matrix has numbers that are not finite
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  if (!matrix.every(Number.isFinite))
    throw new Error('Eigenvalues were asked of a matrix with NaN or infinite entries.');
  const { diagonal, offDiagonal } = tridiagonalize(Float64Array.from(matrix), n);
  implicitQl(diagonal, offDiagonal);
  return diagonal;
}

/** Diagonalizes a tridiagonal matrix: `d` becomes its eigenvalues, `e` is used up. */
function implicitQl(d: Float64Array, e: Float64Array): void {
  const n = d.length;
  for (let low = 0; low < n; low++) {
    for (let iteration = 0; ; iteration++) {
      let high = low;
      while (high < n - 1 && !negligible(e[high]!, d[high]!, d[high + 1]!)) high++;
      if (high === low) break;
      if (iteration === MAX_ITERATIONS)
        throw new Error(`The eigenvalue iteration did not settle after ${MAX_ITERATIONS} steps.`);
      qlStep(d, e, low, high);
    }
  }
}

/** Below the least normal number, where arithmetic has no relative precision, everything is. */
function negligible(coupling: number, a: number, b: number): boolean {
  const size = Math.abs(a) + Math.abs(b);
  return Math.abs(coupling) < LEAST_NORMAL || size + Math.abs(coupling) === size;
}

/** One QL step with Wilkinson's shift on the block from `low` to `high`. */
function qlStep(d: Float64Array, e: Float64Array, low: number, high: number): void {
  const ratio = (d[low + 1]! - d[low]!) / (2 * e[low]!);
  const root = Math.hypot(ratio, 1);
  let g = d[high]! - d[low]! + e[low]! / (ratio + (ratio >= 0 ? root : -root));
  let sine = 1;
  let cosine = 1;
  let p = 0;
  for (let i = high - 1; i >= low; i--) {
    const f = sine * e[i]!;
    const b = cosine * e[i]!;
    const r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      // The block has split by itself.
      d[i + 1]! -= p;
      e[high] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = d[i + 1]! - p;
    const t = (d[i]! - g) * sine + 2 * cosine * b;
    p = sine * t;
    d[i + 1] = g + p;
    g = cosine * t - b;
  }
  d[low]! -= p;
  e[low] = g;
  e[high] = 0;
}
