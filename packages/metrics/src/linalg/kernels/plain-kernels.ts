import { TILE, type Kernels, type Matrix, type Terms, type Vector } from './kernels.js';

/** Kernels in plain JavaScript, for hosts without WebAssembly's SIMD. */
export const plainKernels: Kernels = {
  allocate: (length) => new Float64Array(length),
  addTiles,
  symmetricProduct,
  product,
  addRows,
};

function addTiles(out: Matrix, a: Vector, b: Vector, tiles: number, terms: Terms): void {
  const { depth, from, to, bFrom, bStep } = terms;
  for (let tile = 0; tile < tiles; tile++) {
    const start = Math.max(from, bFrom + tile * bStep) * TILE;
    const end = to * TILE;
    const bAt = b.at + tile * depth * TILE;
    for (let row = 0; row < TILE; row += 2) {
      for (let column = 0; column < TILE; column += 2) {
        const quarter = { ...out, at: out.at + row * out.stride + tile * TILE + column };
        addQuarter(quarter, a.data, a.at + row + start, a.at + end, b.data, bAt + column + start);
      }
    }
  }
}

/** Adds to a quarter of a tile, whose four sums fit into the processor's registers. */
function addQuarter(out: Matrix, a: Float64Array, from: number, to: number, b: Float64Array, bFrom: number): void {
  let s00 = 0;
  let s01 = 0;
  let s10 = 0;
  let s11 = 0;
  for (let p = from, q = bFrom; p < to; p += TILE, q += TILE) {
    const x0 = a[p]!;
    const x1 = a[p + 1]!;
    const y0 = b[q]!;
    const y1 = b[q + 1]!;
    s00 += x0 * y0;
    s01 += x0 * y1;
    s10 += x1 * y0;
    s11 += x1 * y1;
  }
  const { data, at, stride } = out;
  data[at]! += s00;
  data[at + 1]! += s01;
  data[at + stride]! += s10;
  data[at + stride + 1]! += s11;
}

function symmetricProduct(matrix: Matrix, size: number, x: Vector, out: Vector): void {
  const [values, vector] = [x.data.subarray(x.at, x.at + size), out.data.subarray(out.at, out.at + size)];
  vector.fill(0);
  for (let row = 0; row < size; row++) {
    const from = matrix.at + row * matrix.stride;
    const elements = matrix.data.subarray(from, from + size);
    const own = values[row]!;
    let sum = elements[row]! * own;
    for (let k = row + 1; k < size; k++) {
      sum += elements[k]! * values[k]!;
      vector[k]! += elements[k]! * own;
    }
    vector[row]! += sum;
  }
}

function product(matrix: Matrix, rows: number, columns: number, x: Vector, out: Vector): void {
  for (let row = 0; row < rows; row++) {
    const from = matrix.at + row * matrix.stride;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += matrix.data[from + k]! * x.data[x.at + k]!;
    out.data[out.at + row] = sum;
  }
}

function addRows(matrix: Matrix, rows: number, columns: number, factors: Vector, out: Vector): void {
  for (let row = 0; row < rows; row++) {
    const from = matrix.at + row * matrix.stride;
    const factor = factors.data[factors.at + row]!;
    for (let k = 0; k < columns; k++) out.data[out.at + k]! += factor * matrix.data[from + k]!;
  }
}
