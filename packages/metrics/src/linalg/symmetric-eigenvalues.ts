import { tridiagonalize } from './tridiagonalize.js';

/** Smallest normal double. */
const MIN_NORMAL = 2 ** -1022;
const MAX_ITERATIONS = 60;

/**
 * Eigenvalues of a symmetric matrix by Householder's reduction to tridiagonal form and the implicit QL algorithm (Golub
 * & Van Loan, Matrix Computations, sections 8.3.1 and 8.3.3). About 4/3 n^3 multiplications.
 *
 * @param matrix symmetric, [n, n]; only the lower triangle is read, and it is not modified
 * @returns the eigenvalues in no particular order, [n]
 * @throws if the matrix contains NaN or infinite values
 */
export function symmetricEigenvalues(matrix: Float64Array, n: number): Float64Array {
  if (!matrix.every(Number.isFinite)) throw new Error('The matrix contains NaN or infinite values.');
  const { diagonal, offDiagonal } = tridiagonalize(Float64Array.from(matrix), n);
  implicitQl(diagonal, offDiagonal);
  return diagonal;
}

/** Diagonalizes a tridiagonal matrix in place: `d` becomes its eigenvalues, `e` is destroyed. */
function implicitQl(d: Float64Array, e: Float64Array): void {
  const n = d.length;
  for (let low = 0; low < n; low++) {
    for (let iteration = 0; ; iteration++) {
      let high = low;
      while (high < n - 1 && !isNegligible(e[high]!, d[high]!, d[high + 1]!)) high++;
      if (high === low) break;
      if (iteration === MAX_ITERATIONS) {
        throw new Error(`The eigenvalue iteration did not converge in ${MAX_ITERATIONS} steps.`);
      }
      qlStep(d, e, low, high);
    }
  }
}

/**
 * Whether an off-diagonal element is zero to rounding. Subnormal values always count as negligible: they carry no
 * relative precision.
 */
function isNegligible(coupling: number, a: number, b: number): boolean {
  const size = Math.abs(a) + Math.abs(b);
  return Math.abs(coupling) < MIN_NORMAL || size + Math.abs(coupling) === size;
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
      // The block has split.
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
