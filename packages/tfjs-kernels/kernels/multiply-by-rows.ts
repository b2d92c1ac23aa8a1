function total(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

function addProduct(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

export function multiplyByRows(a: usize, b: usize, out: usize, rows: i32, columns: i32, depth: i32): void {
  const row = (<usize>depth) << 2;
  const whole = row & ~15;
  for (let i = 0; i < rows; i++) {
    let at = b;
    let j = 0;
    for (; j + 4 <= columns; j += 4) {
      let s0 = f32x4.splat(0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let k: usize = 0;
      for (; k < whole; k += 16) {
        const x = v128.load(a + k);
        s0 = addProduct(s0, x, v128.load(at + k));
        s1 = addProduct(s1, x, v128.load(at + row + k));
        s2 = addProduct(s2, x, v128.load(at + 2 * row + k));
        s3 = addProduct(s3, x, v128.load(at + 3 * row + k));
      }
      for (; k < row; k += 4) {
        const x = v128.load32_zero(a + k);
        s0 = addProduct(s0, x, v128.load32_zero(at + k));
        s1 = addProduct(s1, x, v128.load32_zero(at + row + k));
        s2 = addProduct(s2, x, v128.load32_zero(at + 2 * row + k));
        s3 = addProduct(s3, x, v128.load32_zero(at + 3 * row + k));
      }
      store<f32>(out, total(s0));
      store<f32>(out, total(s1), 4);
      store<f32>(out, total(s2), 8);
      store<f32>(out, total(s3), 12);
      out += 16;
      at += 4 * row;
    }
    for (; j < columns; j++) {
      let sum = f32x4.splat(0);
      let k: usize = 0;
      for (; k < whole; k += 16) sum = addProduct(sum, v128.load(a + k), v128.load(at + k));
      for (; k < row; k += 4) sum = addProduct(sum, v128.load32_zero(a + k), v128.load32_zero(at + k));
      store<f32>(out, total(sum));
      out += 4;
      at += row;
    }
    a += row;
  }
}
