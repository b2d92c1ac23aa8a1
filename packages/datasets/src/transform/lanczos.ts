import type { PixelImage } from '../image-shape.js';

/** Lobes of the kernel on each side. */
const SUPPORT = 3;
/** Weights are integers in units of 2^-22: 32 bits without 8 for the color and 2 for overshoot. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** The weights of one axis: for each output pixel the first input pixel, and `size` weights from there on. */
interface Weights {
  first: Int32Array;
  count: Int32Array;
  /** [output length, size] */
  values: Int32Array;
  size: number;
}

/** A rectangle of an image, in pixels. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Resizes an image with the Lanczos kernel of three lobes, bit-exactly as Pillow's `Image.resize(size,
 * LANCZOS)` does for 8-bit images. The kernel is stretched if the image is made smaller. The width is changed
 * first, then the height; each result is rounded to 8 bits, and the weights to multiples of 2^-22.
 *
 * @param width of the result, at least 1
 * @param height of the result, at least 1
 * @param box the part of the image to resize, as if it had been cut out before. Default: all
 */
export function resizeLanczos(
  image: PixelImage,
  width: number,
  height: number,
  box: Box = { x: 0, y: 0, width: image.width, height: image.height },
): PixelImage {
  const wide = box.width === width ? cut(image, box) : resizeWidth(image, box, width);
  return box.height === height ? wide : resizeHeight(wide, height);
}

/** Cuts out a part of an image. */
function cut(image: PixelImage, { x, y, width, height }: Box): PixelImage {
  if (width === image.width && height === image.height) return image;
  const { channels } = image;
  const data = new Uint8Array(width * height * channels);
  for (let row = 0; row < height; row++) {
    const start = ((y + row) * image.width + x) * channels;
    data.set(image.data.subarray(start, start + width * channels), row * width * channels);
  }
  return { data, width, height, channels };
}

/** L(x) = sinc(x) sinc(x / 3) for |x| < 3. */
function lanczos(x: number): number {
  return x >= -SUPPORT && x < SUPPORT ? sinc(x) * sinc(x / SUPPORT) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Weights by pairs of lengths: images of a source often have one size. */
const weightsCache = new Map<string, Weights>();
const MAX_CACHED = 16;

function getWeights(from: number, to: number): Weights {
  const key = `${from} to ${to}`;
  const known = weightsCache.get(key);
  if (known !== undefined) return known;
  if (weightsCache.size >= MAX_CACHED) weightsCache.clear();
  const weights = computeWeights(from, to);
  weightsCache.set(key, weights);
  return weights;
}

function computeWeights(from: number, to: number): Weights {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const reach = SUPPORT * stretch;
  const size = Math.ceil(reach) * 2 + 1;
  const weights: Weights = {
    first: new Int32Array(to),
    count: new Int32Array(to),
    values: new Int32Array(to * size),
    size,
  };
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const first = Math.max(Math.trunc(center - reach + 0.5), 0);
    const count = Math.min(Math.trunc(center + reach + 0.5), from) - first;
    const exact = Array.from({ length: count }, (_, i) => lanczos((i + first - center + 0.5) * (1 / stretch)));
    const sum = exact.reduce((a, b) => a + b, 0);
    weights.first[out] = first;
    weights.count[out] = count;
    for (const [i, value] of exact.entries()) {
      const scaled = (sum === 0 ? value : value / sum) * 2 ** PRECISION_BITS;
      weights.values[out * size + i] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
    }
  }
  return weights;
}

/** Changes the width of a part of an image. */
function resizeWidth(image: PixelImage, { x: left, y: top, width, height }: Box, to: number): PixelImage {
  const { first, count, values, size } = getWeights(width, to);
  const { data, channels } = image;
  const out = new Uint8ClampedArray(to * height * channels);
  const sumPixel = channels === 3 ? sumThreeChannels : sumOneChannel;
  for (let y = 0, at = 0; y < height; y++) {
    const row = ((top + y) * image.width + left) * channels;
    for (let x = 0; x < to; x++, at += channels) {
      sumPixel(data, row + first[x]! * channels, channels, values, x * size, count[x]!, out, at);
    }
  }
  return { data: toBytes(out), width: to, height, channels };
}

/** Changes the height. */
function resizeHeight({ data, width, height, channels }: PixelImage, to: number): PixelImage {
  const { first, count, values, size } = getWeights(height, to);
  const stride = width * channels;
  const out = new Uint8ClampedArray(to * stride);
  const sumPixel = channels === 3 ? sumThreeChannels : sumOneChannel;
  for (let y = 0, at = 0; y < to; y++) {
    const start = first[y]! * stride;
    for (let x = 0; x < stride; x += channels, at += channels) {
      sumPixel(data, start + x, stride, values, y * size, count[y]!, out, at);
    }
  }
  return { data: toBytes(out), width, height: to, channels };
}

/**
 * Computes one channel of one pixel: the sum of `count` bytes, `step` apart, times the weights from `from`
 * on, rounded and clamped to 0 to 255. It stays within the 32 bits that it is computed in.
 */
function sumOneChannel(
  data: Uint8Array,
  start: number,
  step: number,
  weights: Int32Array,
  from: number,
  count: number,
  out: Uint8ClampedArray,
  at: number,
): void {
  let sum = HALF;
  for (let i = from, j = start; i < from + count; i++, j += step) sum = (sum + Math.imul(data[j]!, weights[i]!)) | 0;
  out[at] = sum >> PRECISION_BITS;
}

/** {@link sumOneChannel} for three neighboring channels: twice as fast as one by one. */
function sumThreeChannels(
  data: Uint8Array,
  start: number,
  step: number,
  weights: Int32Array,
  from: number,
  count: number,
  out: Uint8ClampedArray,
  at: number,
): void {
  let [red, green, blue] = [HALF, HALF, HALF];
  for (let i = from, j = start; i < from + count; i++, j += step) {
    const weight = weights[i]!;
    red = (red + Math.imul(data[j]!, weight)) | 0;
    green = (green + Math.imul(data[j + 1]!, weight)) | 0;
    blue = (blue + Math.imul(data[j + 2]!, weight)) | 0;
  }
  out[at] = red >> PRECISION_BITS;
  out[at + 1] = green >> PRECISION_BITS;
  out[at + 2] = blue >> PRECISION_BITS;
}

function toBytes(clamped: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(clamped.buffer, clamped.byteOffset, clamped.length);
}
