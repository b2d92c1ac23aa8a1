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

/** Reduces `a` (destroyed) to a similar tridiagonal matrix; `offDiagonal[i]` couples i and i+1. */
function tridiagonalize(a: Float64Array, n: number): { diagonal: Float64Array; offDiagonal: Float64Array } {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  const w = new Float64Array(n);
  for (let i = n - 1; i > 0; i--) {
    // The reflection I - v v' / h makes row i zero left of its entry i-1.
    const v = a.subarray(i * n, i * n + i);
    let scale = 0;
    for (let k = 0; k < i - 1; k++) scale += Math.abs(v[k]!);
    diagonal[i] = a[i * n + i]!;
    if (scale === 0) {
      offDiagonal[i - 1] = v[i - 1]!;
      continue;
    }
    scale += Math.abs(v[i - 1]!);
    let norm2 = 0;
    for (let k = 0; k < i; k++) {
      v[k]! /= scale;
      norm2 += v[k]! ** 2;
    }
    const last = v[i - 1]!;
    const reflected = last > 0 ? -Math.sqrt(norm2) : Math.sqrt(norm2);
    offDiagonal[i - 1] = scale * reflected;
    v[i - 1] = last - reflected;
    const h = norm2 - last * reflected;

    multiplyByLowerTriangle(a, n, i, v, w);
    let vw = 0;
    for (let k = 0; k < i; k++) {
      w[k]! /= h;
      vw += v[k]! * w[k]!;
    }
    const half = vw / (2 * h);
    for (let k = 0; k < i; k++) w[k]! -= half * v[k]!;
    for (let row = 0; row < i; row++) {
      const start = row * n;
      const vRow = v[row]!;
      const wRow = w[row]!;
      for (let k = 0; k <= row; k++) a[start + k]! -= vRow * w[k]! + wRow * v[k]!;
    }
  }
  diagonal[0] = a[0]!;
  return { diagonal, offDiagonal };
}

/** w = A v for the leading `size` rows and columns of a symmetric matrix, read row by row from its lower triangle. */
function multiplyByLowerTriangle(a: Float64Array, n: number, size: number, v: Float64Array, w: Float64Array): void {
  for (let row = 0; row < size; row++) {
    const start = row * n;
    const vRow = v[row]!;
    let sum = 0;
    for (let k = 0; k < row; k++) {
      const value = a[start + k]!;
      sum += value * v[k]!;
      w[k]! += value * vRow;
    }
    w[row] = sum + a[start + row]! * vRow;
  }
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
