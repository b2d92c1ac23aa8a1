import type { Tridiagonal } from './tridiagonalize.js';

/** Smallest normal double. */
const MIN_NORMAL = 2 ** -1022;
const MAX_ITERATIONS = 60;

/**
 * Eigenvalues of a symmetric tridiagonal matrix by the square-root-free QL algorithm of Pal, Walker and Kahan (Parlett,
 * The Symmetric Eigenvalue Problem, section 8.15).
 *
 * It finds the last rows' eigenvalues first: those of a matrix whose elements fall from the first to the last row are
 * then found from the smallest to the largest, which keeps their precision.
 *
 * @param matrix with elements of about 1 at most; squares of smaller ones than 1e-154 count as zero
 * @returns the eigenvalues in no particular order, [n]
 */
export function tridiagonalEigenvalues({ diagonal, offDiagonal }: Tridiagonal): Float64Array {
  const n = diagonal.length;
  // Reversed, because QL begins at the first row.
  const d = diagonal.slice().reverse();
  const squares = Float64Array.from({ length: n }, (_, i) => (i < n - 1 ? offDiagonal[n - 2 - i]! ** 2 : 0));
  for (let low = 0; low < n; low++) {
    for (let iteration = 0; ; iteration++) {
      let high = low;
      while (high < n - 1 && !isNegligible(squares[high]!, d[high]!, d[high + 1]!)) high++;
      if (high < n - 1) squares[high] = 0;
      if (high === low) break;
      if (iteration === MAX_ITERATIONS) {
        throw new Error(`The eigenvalue iteration did not converge in ${MAX_ITERATIONS} steps.`);
      }
      qlStep(d, squares, low, high);
    }
  }
  return d;
}

/**
 * Whether the square of an off-diagonal element is zero to rounding, next to diagonal elements a and b. Subnormal values
 * always count as negligible: they carry no relative precision.
 */
function isNegligible(square: number, a: number, b: number): boolean {
  return square < MIN_NORMAL || square <= (Number.EPSILON / 2) ** 2 * Math.abs(a * b);
}

/** One QL step with Wilkinson's shift on the block from `low` to `high`. */
function qlStep(d: Float64Array, squares: Float64Array, low: number, high: number): void {
  const coupling = Math.sqrt(squares[low]!);
  const ratio = (d[low + 1]! - d[low]!) / (2 * coupling);
  const root = Math.hypot(ratio, 1);
  const shift = d[low]! - coupling / (ratio + (ratio >= 0 ? root : -root));
  let cosine2 = 1;
  let sine2 = 0;
  let gamma = d[high]! - shift;
  let p = gamma * gamma;
  for (let i = high - 1; i >= low; i--) {
    const square = squares[i]!;
    const r = p + square;
    if (i < high - 1) squares[i + 1] = sine2 * r;
    const lastCosine2 = cosine2;
    const lastGamma = gamma;
    cosine2 = p / r;
    sine2 = square / r;
    gamma = cosine2 * (d[i]! - shift) - sine2 * lastGamma;
    d[i + 1] = lastGamma + (d[i]! - gamma);
    p = cosine2 === 0 ? lastCosine2 * square : (gamma * gamma) / cosine2;
  }
  squares[low] = sine2 * p;
  d[low] = shift + gamma;
}
