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

/** Reduces the lower triangle of `a` (destroyed) to a similar tridiagonal matrix; `offDiagonal[i]` couples i and i+1. */
function tridiagonalize(a: Float64Array, n: number): { diagonal: Float64Array; offDiagonal: Float64Array } {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  /** The reflection of the step before, I - v v' / h, as the update -(v w' + w v') that is still to be made. */
  let pending: Reflection | null = null;
  for (let i = n - 1; i > 0; i--) {
    const row = a.subarray(i * n, i * n + i + 1);
    if (pending !== null) subtractFrom(row, pending, i);
    diagonal[i] = row[i]!;
    const { v, h, coupling } = householder(row.slice(0, i));
    offDiagonal[i - 1] = coupling;
    const w = updateAndMultiply(a, n, i, pending, v);
    if (h === 0) {
      pending = null;
      continue;
    }
    let vw = 0;
    for (let k = 0; k < i; k++) {
      w[k]! /= h;
      vw += v[k]! * w[k]!;
    }
    const half = vw / (2 * h);
    for (let k = 0; k < i; k++) w[k]! -= half * v[k]!;
    pending = { v, w };
  }
  diagonal[0] = a[0]!;
  return { diagonal, offDiagonal };
}

/** An update of rank two: A - v w' - w v'. */
interface Reflection {
  v: Float64Array;
  w: Float64Array;
}

/**
 * The reflection I - v v' / h that leaves of a vector its last element, `coupling`.
 *
 * @param v the vector; it becomes v. With h = 0 there is nothing to reflect, and v is 0
 */
function householder(v: Float64Array): { v: Float64Array; h: number; coupling: number } {
  const at = v.length - 1;
  let scale = 0;
  for (let k = 0; k < at; k++) scale += Math.abs(v[k]!);
  if (scale === 0) {
    const coupling = v[at]!;
    v[at] = 0;
    return { v, h: 0, coupling };
  }
  scale += Math.abs(v[at]!);
  let norm2 = 0;
  for (let k = 0; k <= at; k++) {
    v[k]! /= scale;
    norm2 += v[k]! ** 2;
  }
  const last = v[at]!;
  const reflected = last > 0 ? -Math.sqrt(norm2) : Math.sqrt(norm2);
  v[at] = last - reflected;
  return { v, h: norm2 - last * reflected, coupling: scale * reflected };
}

/** Makes an update in row i of the lower triangle. */
function subtractFrom(row: Float64Array, { v, w }: Reflection, i: number): void {
  const [vRow, wRow] = [v[i]!, w[i]!];
  for (let k = 0; k <= i; k++) row[k]! -= vRow * w[k]! + wRow * v[k]!;
}

/**
 * Makes an update in the leading `size` rows of the lower triangle, and multiplies what they are then by x: both in one
 * pass, since the matrix does not fit into the processor's caches. Two rows at a time.
 *
 * @returns A x
 */
function updateAndMultiply(
  a: Float64Array,
  n: number,
  size: number,
  pending: Reflection | null,
  x: Float64Array,
): Float64Array {
  const out = new Float64Array(size);
  const { v, w } = pending ?? { v: new Float64Array(size), w: new Float64Array(size) };
  let row = size % 2;
  if (row === 1) {
    a[0]! -= 2 * v[0]! * w[0]!;
    out[0] = a[0]! * x[0]!;
  }
  for (; row < size; row += 2) {
    const [v0, w0, x0] = [v[row]!, w[row]!, x[row]!];
    const [v1, w1, x1] = [v[row + 1]!, w[row + 1]!, x[row + 1]!];
    let at0 = row * n;
    let at1 = at0 + n;
    let sum0 = 0;
    let sum1 = 0;
    for (let k = 0; k < row; k++) {
      const vk = v[k]!;
      const wk = w[k]!;
      const xk = x[k]!;
      const first = a[at0]! - v0 * wk - w0 * vk;
      const second = a[at1]! - v1 * wk - w1 * vk;
      a[at0++] = first;
      a[at1++] = second;
      sum0 += first * xk;
      sum1 += second * xk;
      out[k]! += first * x0 + second * x1;
    }
    const first = (a[at0]! -= 2 * v0 * w0);
    const cross = (a[at1]! -= v1 * w0 + w1 * v0);
    const second = (a[at1 + 1]! -= 2 * v1 * w1);
    out[row] = sum0 + first * x0 + cross * x1;
    out[row + 1] = sum1 + cross * x0 + second * x1;
  }
  return out;
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
