/**
 * Float64 kernels of the linear algebra, in AssemblyScript with SIMD. `npm run kernels` compiles them to
 * src/linalg/kernels/wasm-bytes.ts. What each computes is written in src/linalg/kernels/kernels.ts.
 *
 * Addresses are in bytes; all other numbers count float64 elements, rows or tiles.
 */

/** Bytes of a float64 and of a group of four. */
const F64: usize = 8;
const FOUR: usize = 32;

function addProduct(sum: v128, x: v128, y: v128): v128 {
  return f64x2.add(sum, f64x2.mul(x, y));
}

function addTo(at: usize, low: v128, high: v128): void {
  v128.store(at, f64x2.add(v128.load(at), low));
  v128.store(at, f64x2.add(v128.load(at, 16), high), 16);
}

function total(x: v128): f64 {
  return f64x2.extract_lane(x, 0) + f64x2.extract_lane(x, 1);
}

/** One tile: its sixteen sums stay in registers. */
function addTile(out: usize, stride: usize, a: usize, b: usize, end: usize): void {
  let s00 = f64x2.splat(0);
  let s01 = s00;
  let s10 = s00;
  let s11 = s00;
  let s20 = s00;
  let s21 = s00;
  let s30 = s00;
  let s31 = s00;
  for (; a < end; a += FOUR, b += FOUR) {
    const y0 = v128.load(b);
    const y1 = v128.load(b, 16);
    const x0 = v128.load64_splat(a);
    s00 = addProduct(s00, x0, y0);
    s01 = addProduct(s01, x0, y1);
    const x1 = v128.load64_splat(a, 8);
    s10 = addProduct(s10, x1, y0);
    s11 = addProduct(s11, x1, y1);
    const x2 = v128.load64_splat(a, 16);
    s20 = addProduct(s20, x2, y0);
    s21 = addProduct(s21, x2, y1);
    const x3 = v128.load64_splat(a, 24);
    s30 = addProduct(s30, x3, y0);
    s31 = addProduct(s31, x3, y1);
  }
  addTo(out, s00, s01);
  addTo(out + stride, s10, s11);
  addTo(out + 2 * stride, s20, s21);
  addTo(out + 3 * stride, s30, s31);
}

export function addTiles(
  out: usize,
  stride: usize,
  a: usize,
  b: usize,
  depth: usize,
  tiles: usize,
  from: isize,
  to: isize,
  bFrom: isize,
  bStep: isize,
): void {
  const bytes = stride * F64;
  const end = a + <usize>to * FOUR;
  for (let tile: usize = 0; tile < tiles; tile++, out += FOUR, b += depth * FOUR, bFrom += bStep) {
    const start = <usize>max(from, bFrom) * FOUR;
    addTile(out, bytes, a + start, b + start, end);
  }
}

export function symmetricProduct(matrix: usize, stride: usize, size: usize, x: usize, out: usize): void {
  memory.fill(out, 0, size * F64);
  const bytes = stride * F64;
  for (let row: usize = 0; row < size; row += 4) {
    const r0 = matrix + row * (bytes + F64);
    const r1 = r0 + bytes;
    const r2 = r1 + bytes;
    const r3 = r2 + bytes;
    const xAt = x + row * F64;
    const outAt = out + row * F64;
    const x0 = load<f64>(xAt);
    const x1 = load<f64>(xAt, 8);
    const x2 = load<f64>(xAt, 16);
    const x3 = load<f64>(xAt, 24);
    const v0 = f64x2.splat(x0);
    const v1 = f64x2.splat(x1);
    const v2 = f64x2.splat(x2);
    const v3 = f64x2.splat(x3);
    let s0 = f64x2.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    const end = (size - row) * F64;
    for (let k = FOUR; k < end; k += 16) {
      const xk = v128.load(xAt + k);
      let sum = v128.load(outAt + k);
      const a0 = v128.load(r0 + k);
      s0 = addProduct(s0, a0, xk);
      sum = addProduct(sum, a0, v0);
      const a1 = v128.load(r1 + k);
      s1 = addProduct(s1, a1, xk);
      sum = addProduct(sum, a1, v1);
      const a2 = v128.load(r2 + k);
      s2 = addProduct(s2, a2, xk);
      sum = addProduct(sum, a2, v2);
      const a3 = v128.load(r3 + k);
      s3 = addProduct(s3, a3, xk);
      v128.store(outAt + k, addProduct(sum, a3, v3));
    }
    // The block on the diagonal, of which only the upper triangle is read.
    const a01 = load<f64>(r0, 8);
    const a02 = load<f64>(r0, 16);
    const a03 = load<f64>(r0, 24);
    const a12 = load<f64>(r1, 16);
    const a13 = load<f64>(r1, 24);
    const a23 = load<f64>(r2, 24);
    store<f64>(outAt, load<f64>(outAt) + total(s0) + load<f64>(r0) * x0 + a01 * x1 + a02 * x2 + a03 * x3);
    store<f64>(outAt, load<f64>(outAt, 8) + total(s1) + a01 * x0 + load<f64>(r1, 8) * x1 + a12 * x2 + a13 * x3, 8);
    store<f64>(outAt, load<f64>(outAt, 16) + total(s2) + a02 * x0 + a12 * x1 + load<f64>(r2, 16) * x2 + a23 * x3, 16);
    store<f64>(outAt, load<f64>(outAt, 24) + total(s3) + a03 * x0 + a13 * x1 + a23 * x2 + load<f64>(r3, 24) * x3, 24);
  }
}

export function product(matrix: usize, stride: usize, rows: usize, columns: usize, x: usize, out: usize): void {
  const end = columns * F64;
  for (let row: usize = 0; row < rows; row++, matrix += stride * F64, out += F64) {
    let s0 = f64x2.splat(0);
    let s1 = s0;
    for (let k: usize = 0; k < end; k += FOUR) {
      s0 = addProduct(s0, v128.load(matrix + k), v128.load(x + k));
      s1 = addProduct(s1, v128.load(matrix + k, 16), v128.load(x + k, 16));
    }
    store<f64>(out, total(f64x2.add(s0, s1)));
  }
}

export function addRows(matrix: usize, stride: usize, rows: usize, columns: usize, factors: usize, out: usize): void {
  const bytes = stride * F64;
  const end = columns * F64;
  let row: usize = 0;
  for (; row + 4 <= rows; row += 4, matrix += 4 * bytes, factors += FOUR) {
    const r1 = matrix + bytes;
    const r2 = r1 + bytes;
    const r3 = r2 + bytes;
    const f0 = v128.load64_splat(factors);
    const f1 = v128.load64_splat(factors, 8);
    const f2 = v128.load64_splat(factors, 16);
    const f3 = v128.load64_splat(factors, 24);
    for (let k: usize = 0; k < end; k += 16) {
      let sum = addProduct(v128.load(out + k), f0, v128.load(matrix + k));
      sum = addProduct(sum, f1, v128.load(r1 + k));
      sum = addProduct(sum, f2, v128.load(r2 + k));
      v128.store(out + k, addProduct(sum, f3, v128.load(r3 + k)));
    }
  }
  for (; row < rows; row++, matrix += bytes, factors += F64) {
    const factor = v128.load64_splat(factors);
    for (let k: usize = 0; k < end; k += 16) {
      v128.store(out + k, addProduct(v128.load(out + k), factor, v128.load(matrix + k)));
    }
  }
}
