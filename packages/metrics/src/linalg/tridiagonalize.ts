/**
 * Householder's reduction of a symmetric matrix to tridiagonal form (Golub & Van Loan, Matrix Computations, section
 * 8.3.1).
 *
 * @param a [n, n]; only the lower triangle is read, and it is destroyed
 * @returns both [n]; `offDiagonal[i]` couples i and i + 1
 */
export function tridiagonalize(a: Float64Array, n: number): { diagonal: Float64Array; offDiagonal: Float64Array } {
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  /** The previous step's reflection I - v v' / h, as a rank-2 update -(v w' + w v') that is not applied yet. */
  let pending: Reflection | null = null;
  for (let i = n - 1; i > 0; i--) {
    const row = a.subarray(i * n, i * n + i + 1);
    if (pending !== null) updateRow(row, pending, i);
    diagonal[i] = row[i]!;
    const { v, h, coupling } = reflect(row.slice(0, i));
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

/** A rank-2 update: A - v w' - w v'. */
interface Reflection {
  v: Float64Array;
  w: Float64Array;
}

/**
 * Computes the reflection I - v v' / h that maps a vector to a multiple of the last unit vector, `coupling`.
 *
 * @param v the vector, overwritten with v; where there is nothing to reflect, h and v are 0
 */
function reflect(v: Float64Array): { v: Float64Array; h: number; coupling: number } {
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

/** Applies an update to row i of the lower triangle. */
function updateRow(row: Float64Array, { v, w }: Reflection, i: number): void {
  const [vRow, wRow] = [v[i]!, w[i]!];
  for (let k = 0; k <= i; k++) row[k]! -= vRow * w[k]! + wRow * v[k]!;
}

/**
 * Applies an update to the leading `size` rows of the lower triangle and multiplies the result by x. One pass does both,
 * because the matrix does not fit into the processor's caches. It takes four rows at a time, so that each vector is read
 * once for four rows.
 *
 * @returns A x, [size]
 */
function updateAndMultiply(
  a: Float64Array,
  n: number,
  size: number,
  pending: Reflection | null,
  x: Float64Array,
): Float64Array {
  const out = new Float64Array(size);
  const update = pending ?? { v: new Float64Array(size), w: new Float64Array(size) };
  const single = size % 4;
  for (let row = 0; row < single; row++) updateAndMultiplyRow(a, n, row, 0, update, x, out);
  for (let row = single; row < size; row += 4) {
    updateAndMultiplyFour(a, n, row, update, x, out);
    for (let i = row; i < row + 4; i++) updateAndMultiplyRow(a, n, i, row, update, x, out);
  }
  return out;
}

/** Updates and multiplies one row, from column `from` to the diagonal. */
function updateAndMultiplyRow(
  a: Float64Array,
  n: number,
  row: number,
  from: number,
  { v, w }: Reflection,
  x: Float64Array,
  out: Float64Array,
): void {
  const [vRow, wRow, xRow] = [v[row]!, w[row]!, x[row]!];
  let sum = 0;
  for (let k = from; k < row; k++) {
    const value = (a[row * n + k]! -= vRow * w[k]! + wRow * v[k]!);
    sum += value * x[k]!;
    out[k]! += value * xRow;
  }
  const diagonal = (a[row * n + row]! -= 2 * vRow * wRow);
  out[row]! += sum + diagonal * xRow;
}

/** Updates and multiplies four rows from `row` on, up to the first one's diagonal. */
function updateAndMultiplyFour(
  a: Float64Array,
  n: number,
  row: number,
  { v, w }: Reflection,
  x: Float64Array,
  out: Float64Array,
): void {
  const [v0, v1, v2, v3] = [v[row]!, v[row + 1]!, v[row + 2]!, v[row + 3]!];
  const [w0, w1, w2, w3] = [w[row]!, w[row + 1]!, w[row + 2]!, w[row + 3]!];
  const [x0, x1, x2, x3] = [x[row]!, x[row + 1]!, x[row + 2]!, x[row + 3]!];
  let at0 = row * n;
  let at1 = at0 + n;
  let at2 = at1 + n;
  let at3 = at2 + n;
  let sum0 = 0;
  let sum1 = 0;
  let sum2 = 0;
  let sum3 = 0;
  for (let k = 0; k < row; k++) {
    const vk = v[k]!;
    const wk = w[k]!;
    const xk = x[k]!;
    const first = a[at0]! - v0 * wk - w0 * vk;
    a[at0++] = first;
    sum0 += first * xk;
    let sum = out[k]! + first * x0;
    const second = a[at1]! - v1 * wk - w1 * vk;
    a[at1++] = second;
    sum1 += second * xk;
    sum += second * x1;
    const third = a[at2]! - v2 * wk - w2 * vk;
    a[at2++] = third;
    sum2 += third * xk;
    sum += third * x2;
    const fourth = a[at3]! - v3 * wk - w3 * vk;
    a[at3++] = fourth;
    sum3 += fourth * xk;
    out[k] = sum + fourth * x3;
  }
  out[row]! += sum0;
  out[row + 1]! += sum1;
  out[row + 2]! += sum2;
  out[row + 3]! += sum3;
}
