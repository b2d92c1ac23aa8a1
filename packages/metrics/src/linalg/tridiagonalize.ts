import { addProduct, type Operand } from './add-product.js';
import { padToTiles, TILE, type Matrix, type Vector } from './kernels/kernels.js';
import { PANEL, type Workspace } from './workspace.js';

/** A symmetric tridiagonal matrix. */
export interface Tridiagonal {
  /** [n] */
  diagonal: Float64Array;
  /** `offDiagonal[i]` couples i and i + 1, [n]; the last is 0. */
  offDiagonal: Float64Array;
}

/**
 * Householder's reduction of a symmetric matrix to tridiagonal form in panels (Dongarra, Sorensen & Hammarling 1989, Block
 * reduction of matrices to condensed forms for eigenvalue computations). A step's reflection I - v v' / h is a rank-2
 * update -(v w' + w v') of the remaining matrix. The updates of a panel are applied together, as a matrix product; before
 * that, only the rows of the panel's own steps get them. One half of the work is left to products of the matrix with v.
 *
 * The small elements of a matrix whose elements fall from the first to the last row keep their relative precision.
 *
 * @param matrix [n, n]; only the upper triangle is read, and it is destroyed
 */
export function tridiagonalize(work: Workspace, matrix: Matrix, n: number): Tridiagonal {
  const { stride } = matrix;
  const diagonal = new Float64Array(n);
  const offDiagonal = new Float64Array(n);
  // The updates are the sum of left[k]' right[k]: rows v and w of a step, and the same exchanged.
  const updates = { left: work.matrix(2 * PANEL), right: work.matrix(2 * PANEL) };
  for (let start = 0; start < n; start += PANEL) {
    const end = Math.min(start + PANEL, n);
    for (let step = start; step < end; step++) {
      const count = 2 * (step - start);
      updateRow(work, matrix, n, updates, count, step);
      const row = matrix.data.subarray(step * stride, step * stride + n);
      diagonal[step] = row[step]!;
      if (step < n - 1) offDiagonal[step] = addReflection(work, matrix, updates, count, row, step + 1);
    }
    const [a, b] = [updates.left, updates.right].map((rows) => ({
      matrix: { ...rows, at: end },
      rows: n - end,
      transposed: true,
    })) as [ColumnOperand, ColumnOperand];
    const rest = { ...matrix, at: end * (stride + 1) };
    addProduct(work, rest, a, b, 2 * (end - start), { negative: true, triangle: 'upper' });
  }
  return { diagonal, offDiagonal };
}

type ColumnOperand = Operand & { triangle?: 'upper' };

/** Rank-1 updates that are not applied yet: the sum of left[k]' right[k], [2 PANEL, n] each. */
interface Updates {
  left: Matrix;
  right: Matrix;
}

/** Applies the updates to a row. */
function updateRow(
  { kernels, factors }: Workspace,
  matrix: Matrix,
  n: number,
  { left, right }: Updates,
  count: number,
  row: number,
) {
  const { data, stride } = matrix;
  for (let k = 0; k < count; k++) factors.data[k] = -right.data[k * stride + row]!;
  const column = row - (row % TILE);
  kernels.addRows({ ...left, at: column }, count, padToTiles(n) - column, factors, { data, at: row * stride + column });
}

/**
 * Adds the updates of the reflection that maps a row, from element `from` on, to a multiple of the unit vector there.
 *
 * @param count number of earlier updates
 * @returns the multiple
 */
function addReflection(
  work: Workspace,
  matrix: Matrix,
  { left, right }: Updates,
  count: number,
  row: Float64Array,
  from: number,
): number {
  const { stride } = matrix;
  const v = left.data.subarray(count * stride, (count + 1) * stride);
  const w = right.data.subarray(count * stride, (count + 1) * stride);
  v.fill(0, 0, from);
  v.set(row.subarray(from), from);
  const { h, coupling } = reflect(v.subarray(from, row.length));
  if (h === 0) w.fill(0);
  else {
    // Whole tiles: v is zero before `from`, and what comes of the rows before is not read.
    multiplyUpdated(work, matrix, { left, right }, count, from - (from % TILE), padToTiles(row.length));
    let vw = 0;
    for (let k = from; k < row.length; k++) {
      w[k]! /= h;
      vw += v[k]! * w[k]!;
    }
    const half = vw / (2 * h);
    for (let k = from; k < row.length; k++) w[k]! -= half * v[k]!;
  }
  left.data.set(w, (count + 1) * stride);
  right.data.set(v, (count + 1) * stride);
  return coupling;
}

/** Multiplies the matrix with the updates by row `count` of `left`, elements `at` to `end`, into the row of `right`. */
function multiplyUpdated(
  { kernels, factors }: Workspace,
  matrix: Matrix,
  { left, right }: Updates,
  count: number,
  at: number,
  end: number,
): void {
  const { stride } = matrix;
  const [v, w]: [Vector, Vector] = [left, right].map(({ data }) => ({ data, at: count * stride + at })) as [
    Vector,
    Vector,
  ];
  kernels.symmetricProduct({ ...matrix, at: at * (stride + 1) }, end - at, v, w);
  kernels.product({ ...left, at }, count, end - at, v, factors);
  for (let k = 0; k < count; k++) factors.data[k] = -factors.data[k]!;
  kernels.addRows({ ...right, at }, count, end - at, factors, w);
}

/**
 * Computes the reflection I - v v' / h that maps a vector to a multiple of the first unit vector, `coupling`.
 *
 * @param v the vector, overwritten with v; where there is nothing to reflect, h and v are 0
 */
function reflect(v: Float64Array): { h: number; coupling: number } {
  const first = v[0]!;
  let scale = 0;
  for (let k = 1; k < v.length; k++) scale += Math.abs(v[k]!);
  if (scale === 0) {
    v[0] = 0;
    return { h: 0, coupling: first };
  }
  scale += Math.abs(first);
  let norm2 = 0;
  for (let k = 0; k < v.length; k++) {
    v[k]! /= scale;
    norm2 += v[k]! ** 2;
  }
  const scaled = v[0]!;
  const reflected = scaled > 0 ? -Math.sqrt(norm2) : Math.sqrt(norm2);
  v[0] = scaled - reflected;
  return { h: norm2 - scaled * reflected, coupling: scale * reflected };
}
