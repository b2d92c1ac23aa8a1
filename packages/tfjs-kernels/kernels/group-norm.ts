import { silu4 } from './silu';

/**
 * Writes the sum of each channel over the pixels. Two sums of every second pixel, because an addition waits for the previous one.
 * The number of channels is a multiple of 4.
 */
function sumPixels(x: usize, pixels: i32, row: usize, sums: usize): void {
  const end = x + row * pixels;
  for (let c: usize = 0; c < row; c += 16) {
    let even = f32x4.splat(0);
    let odd = even;
    let at = x + c;
    for (; at + row < end; at += 2 * row) {
      even = f32x4.add(even, v128.load(at));
      odd = f32x4.add(odd, v128.load(at + row));
    }
    if (at < end) even = f32x4.add(even, v128.load(at));
    v128.store(sums + c, f32x4.add(even, odd));
  }
}

function squareOf(x: v128): v128 {
  return f32x4.mul(x, x);
}

/** The same of squared differences from the centers. */
function sumSquares(x: usize, pixels: i32, row: usize, centers: usize, sums: usize): void {
  const end = x + row * pixels;
  for (let c: usize = 0; c < row; c += 16) {
    const center = v128.load(centers + c);
    let even = f32x4.splat(0);
    let odd = even;
    let at = x + c;
    for (; at + row < end; at += 2 * row) {
      even = f32x4.add(even, squareOf(f32x4.sub(v128.load(at), center)));
      odd = f32x4.add(odd, squareOf(f32x4.sub(v128.load(at + row), center)));
    }
    if (at < end) even = f32x4.add(even, squareOf(f32x4.sub(v128.load(at), center)));
    v128.store(sums + c, f32x4.add(even, odd));
  }
}

/** Replaces the sum of each channel by the mean of its group. */
function averageGroups(sums: usize, pixels: i32, channels: i32, groups: i32): void {
  const size = channels / groups;
  for (let g = 0; g < groups; g++) {
    const start = sums + ((<usize>(g * size)) << 2);
    const end = start + ((<usize>size) << 2);
    let sum: f64 = 0;
    for (let at = start; at < end; at += 4) sum += load<f32>(at);
    const mean = <f32>(sum / (<f64>size * <f64>pixels));
    for (let at = start; at < end; at += 4) store<f32>(at, mean);
  }
}

/** @param scratch 2 channels */
export function groupNorm(
  x: usize,
  out: usize,
  gamma: usize,
  beta: usize,
  images: i32,
  pixels: i32,
  channels: i32,
  groups: i32,
  epsilon: f32,
  silu: bool,
  scratch: usize,
): void {
  const row = (<usize>channels) << 2;
  const means = scratch;
  const factors = scratch + row;
  for (let n = 0; n < images; n++) {
    sumPixels(x, pixels, row, means);
    averageGroups(means, pixels, channels, groups);
    sumSquares(x, pixels, row, means, factors);
    averageGroups(factors, pixels, channels, groups);
    for (let c: usize = 0; c < row; c += 16) {
      const deviation = f32x4.sqrt(f32x4.add(v128.load(factors + c), f32x4.splat(epsilon)));
      v128.store(factors + c, f32x4.div(v128.load(gamma + c), deviation));
    }
    for (let p = 0; p < pixels; p++) {
      for (let c: usize = 0; c < row; c += 16) {
        const centered = f32x4.sub(v128.load(x + c), v128.load(means + c));
        const affine = f32x4.add(f32x4.mul(centered, v128.load(factors + c)), v128.load(beta + c));
        v128.store(out + c, silu ? silu4(affine) : affine);
      }
      x += row;
      out += row;
    }
  }
}
