import { multiplyByRows } from './multiply-by-rows';

export function toRgbLayer(
  x: usize,
  styles: usize,
  weight: usize,
  bias: usize,
  out: usize,
  images: i32,
  pixels: i32,
  from: i32,
  to: i32,
  gain: f32,
  limit: f32,
  scratch: usize,
): void {
  for (let n = 0; n < images; n++) {
    for (let o = 0; o < to; o++) {
      for (let i = 0; i < from; i++) {
        const w = load<f32>(weight + ((<usize>(i * to + o)) << 2));
        store<f32>(scratch + ((<usize>(o * from + i)) << 2), w * gain * load<f32>(styles + ((<usize>i) << 2)));
      }
    }
    multiplyByRows(x, scratch, out, pixels, to, from);
    for (let p = 0; p < pixels; p++) {
      for (let o: usize = 0; o < <usize>to; o++) {
        const y = load<f32>(out) + load<f32>(bias + (o << 2));
        store<f32>(out, min(max(y, -limit), limit));
        out += 4;
      }
    }
    x += (<usize>(pixels * from)) << 2;
    styles += (<usize>from) << 2;
  }
}
