function addProduct(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

/**
 * Adds a product of matrices to 4 rows of 8 numbers: the first has 4 rows, the second 8 columns. Both consist of `segments` parts of
 * `depth` columns or rows: those of the second follow each other. All steps are in bytes.
 *
 * @param aStep from a row of the first matrix to the next one
 * @param segmentStep from a part of the first matrix to the next one
 * @param bStep from a row of the second matrix to the next one
 * @param outStep from a row of the result to the next one
 */
export function addProducts(
  a: usize,
  aStep: usize,
  segmentStep: usize,
  b: usize,
  bStep: usize,
  segments: i32,
  depth: i32,
  out: usize,
  outStep: usize,
): void {
  const out1 = out + outStep;
  const out2 = out1 + outStep;
  const out3 = out2 + outStep;
  let s00 = v128.load(out);
  let s01 = v128.load(out, 16);
  let s10 = v128.load(out1);
  let s11 = v128.load(out1, 16);
  let s20 = v128.load(out2);
  let s21 = v128.load(out2, 16);
  let s30 = v128.load(out3);
  let s31 = v128.load(out3, 16);
  const length = (<usize>depth) << 2;
  for (let s = 0; s < segments; s++) {
    const a1 = a + aStep;
    const a2 = a1 + aStep;
    const a3 = a2 + aStep;
    for (let k: usize = 0; k < length; k += 4) {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      b += bStep;
      const x0 = v128.load32_splat(a + k);
      s00 = addProduct(s00, x0, b0);
      s01 = addProduct(s01, x0, b1);
      const x1 = v128.load32_splat(a1 + k);
      s10 = addProduct(s10, x1, b0);
      s11 = addProduct(s11, x1, b1);
      const x2 = v128.load32_splat(a2 + k);
      s20 = addProduct(s20, x2, b0);
      s21 = addProduct(s21, x2, b1);
      const x3 = v128.load32_splat(a3 + k);
      s30 = addProduct(s30, x3, b0);
      s31 = addProduct(s31, x3, b1);
    }
    a += segmentStep;
  }
  v128.store(out, s00);
  v128.store(out, s01, 16);
  v128.store(out1, s10);
  v128.store(out1, s11, 16);
  v128.store(out2, s20);
  v128.store(out2, s21, 16);
  v128.store(out3, s30);
  v128.store(out3, s31, 16);
}
