import { multiplyByRows } from './multiply-by-rows';

export function denseLayer(
  x: usize,
  weight: usize,
  bias: usize,
  out: usize,
  rows: i32,
  columns: i32,
  depth: i32,
  scale: f32,
  biasScale: f32,
  slope: f32,
): void {
  multiplyByRows(x, weight, out, rows, columns, depth);
  for (let i = 0; i < rows; i++) {
    for (let j: usize = 0; j < <usize>columns; j++) {
      const y = scale * load<f32>(out) + biasScale * load<f32>(bias + (j << 2));
      store<f32>(out, max(y, slope * y));
      out += 4;
    }
  }
}
