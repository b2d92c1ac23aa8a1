/** Writes the sum of the squared weights of all 9 taps, [from, to]. */
export function sumSquares(weight: usize, from: i32, to: i32, sums: usize): void {
  const size = (<usize>(from * to)) << 2;
  for (let at: usize = 0; at < size; at += 16) {
    let sum = f32x4.splat(0);
    for (let tap: usize = 0; tap < 9; tap++) {
      const w = v128.load(weight + tap * size + at);
      sum = f32x4.add(sum, f32x4.mul(w, w));
    }
    v128.store(sums + at, sum);
  }
}

/** Writes gain / sqrt(sum over i of styles[i]² squares[i] + epsilon) for each channel of the output. */
export function demodulation(
  styles: usize,
  squares: usize,
  from: i32,
  to: i32,
  epsilon: f32,
  gain: f32,
  out: usize,
): void {
  const row = (<usize>to) << 2;
  const end = styles + ((<usize>from) << 2);
  for (let c: usize = 0; c < row; c += 16) {
    let sum = f32x4.splat(epsilon);
    let at = squares + c;
    for (let s = styles; s < end; s += 4) {
      const style = v128.load32_splat(s);
      sum = f32x4.add(sum, f32x4.mul(f32x4.mul(style, style), v128.load(at)));
      at += row;
    }
    v128.store(out + c, f32x4.div(f32x4.splat(gain), f32x4.sqrt(sum)));
  }
}
