import { convolve, convolveTransposed } from './convolution';
import { demodulation, sumSquares } from './demodulation';
import { areSorted, BLOCK, sortBlocks } from './weight-blocks';

/** Multiplies each channel by its style, and writes the rows of pixels `rowStep` bytes apart. */
function scaleRows(x: usize, styles: usize, height: i32, width: i32, channels: i32, out: usize, rowStep: usize): void {
  const pixel = (<usize>channels) << 2;
  for (let y = 0; y < height; y++) {
    let to = out;
    for (let p = 0; p < width; p++) {
      for (let c: usize = 0; c < pixel; c += 16) {
        v128.store(to + c, f32x4.mul(v128.load(x + c), v128.load(styles + c)));
      }
      x += pixel;
      to += pixel;
    }
    out += rowStep;
  }
}

/** Correlates each channel with a filter of 4x4: an image of height + 3 rows of width + 3 pixels becomes one of height and width. */
function filter(x: usize, taps: usize, out: usize, height: i32, width: i32, channels: i32): void {
  const pixel = (<usize>channels) << 2;
  const row = (<usize>width + 3) * pixel;
  for (let y = 0; y < height; y++) {
    for (let p = 0; p < width; p++) {
      for (let c: usize = 0; c < pixel; c += 16) {
        let sum = f32x4.splat(0);
        for (let i: usize = 0; i < 4; i++) {
          const at = x + i * row + c;
          const tap = taps + (i << 4);
          sum = f32x4.add(sum, f32x4.mul(v128.load(at), v128.load32_splat(tap)));
          sum = f32x4.add(sum, f32x4.mul(v128.load(at + pixel), v128.load32_splat(tap, 4)));
          sum = f32x4.add(sum, f32x4.mul(v128.load(at + 2 * pixel), v128.load32_splat(tap, 8)));
          sum = f32x4.add(sum, f32x4.mul(v128.load(at + 3 * pixel), v128.load32_splat(tap, 12)));
        }
        v128.store(out + c, sum);
      }
      x += pixel;
      out += pixel;
    }
    x += 3 * pixel;
  }
}

/** Scales and shifts each channel, adds the noise of each pixel, and applies a leaky ReLU and a limit of the absolute value. */
function activate(
  x: usize,
  pixels: i32,
  channels: i32,
  factors: usize,
  bias: usize,
  gain: f32,
  noise: usize,
  strength: f32,
  slope: f32,
  limit: f32,
): void {
  const pixel = (<usize>channels) << 2;
  const slopes = f32x4.splat(slope);
  const most = f32x4.splat(limit);
  const least = f32x4.splat(-limit);
  for (let p = 0; p < pixels; p++) {
    const shift = f32x4.splat(noise === 0 ? 0 : strength * load<f32>(noise + ((<usize>p) << 2)));
    for (let c: usize = 0; c < pixel; c += 16) {
      let y = f32x4.add(f32x4.mul(v128.load(x + c), v128.load(factors + c)), shift);
      y = f32x4.add(y, f32x4.mul(v128.load(bias + c), f32x4.splat(gain)));
      y = f32x4.max(y, f32x4.mul(y, slopes));
      v128.store(x + c, f32x4.min(f32x4.max(y, least), most));
    }
    x += pixel;
  }
}

// What is kept in the scratch memory, in values: the squares of the weights, the factors of the channels, the weights by block, the
// scaled image, and its products spread over the output.

function sizeOfWeights(pixels: i32, from: i32, to: i32): i32 {
  return areSorted(to, pixels) ? 9 * from * to : 0;
}

function sizeOfScaled(height: i32, width: i32, from: i32, up: bool): i32 {
  return from * (up ? height * width : (height + 2) * (width + 2));
}

function sizeOfSpread(height: i32, width: i32, to: i32): i32 {
  return to * (2 * height + 3) * (2 * width + 3);
}

export function synthesisLayerScratch(images: i32, height: i32, width: i32, from: i32, to: i32, up: bool): i32 {
  const weights = sizeOfWeights(images * height * width, from, to);
  const all = (from + 1) * to + weights + sizeOfScaled(height, width, from, up);
  return up ? all + sizeOfSpread(height, width, to) : all;
}

export function synthesisLayer(
  x: usize,
  styles: usize,
  weight: usize,
  bias: usize,
  taps: usize,
  noise: usize,
  noiseStep: i32,
  strength: usize,
  out: usize,
  images: i32,
  height: i32,
  width: i32,
  from: i32,
  to: i32,
  up: bool,
  epsilon: f32,
  gain: f32,
  slope: f32,
  limit: f32,
  scratch: usize,
): void {
  const inPixel = (<usize>from) << 2;
  const outPixel = (<usize>to) << 2;
  const outHeight = up ? 2 * height : height;
  const outWidth = up ? 2 * width : width;
  const outSize = <usize>(outHeight * outWidth) * outPixel;
  const pixels = images * height * width;
  const squares = scratch;
  const factors = squares + <usize>from * outPixel;
  const sorted = factors + outPixel;
  const scaled = sorted + ((<usize>sizeOfWeights(pixels, from, to)) << 2);
  const scaledSize = (<usize>sizeOfScaled(height, width, from, up)) << 2;
  const spread = scaled + scaledSize;
  const spreadSize = (<usize>sizeOfSpread(height, width, to)) << 2;
  const factorGain = up ? <f32>4 * gain : gain;
  const noiseGain = noise === 0 ? <f32>0 : gain * load<f32>(strength);
  sumSquares(weight, from, to, squares);
  let blockStep = BLOCK;
  let rowStep = outPixel;
  if (areSorted(to, pixels)) {
    sortBlocks(weight, 9 * from, to, sorted);
    weight = sorted;
    blockStep = <usize>(9 * from) * BLOCK;
    rowStep = BLOCK;
  }
  if (!up) memory.fill(scaled, 0, scaledSize);
  for (let n = 0; n < images; n++) {
    if (up) {
      scaleRows(x, styles, height, width, from, scaled, <usize>width * inPixel);
      memory.fill(spread, 0, spreadSize);
      convolveTransposed(scaled, weight, blockStep, rowStep, spread, height, width, from, to);
      filter(spread, taps, out, outHeight, outWidth, to);
    } else {
      const row = <usize>(width + 2) * inPixel;
      scaleRows(x, styles, height, width, from, scaled + row + inPixel, row);
      memory.fill(out, 0, outSize);
      convolve(scaled, weight, blockStep, rowStep, out, height, width, from, to);
    }
    demodulation(styles, squares, from, to, epsilon, factorGain, factors);
    activate(out, outHeight * outWidth, to, factors, bias, gain, noise, noiseGain, slope, limit);
    x += <usize>(height * width) * inPixel;
    styles += inPixel;
    noise += (<usize>noiseStep) << 2;
    out += outSize;
  }
}
