import type { AxisWeights } from './axis-weights.js';
import type { PixelImage } from './pixel-image.js';

/** Weights of bytes are integers in units of 2^-22, as in Pillow: 32 bits without 8 for the color and 2 for overshoot. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** Weights along both axes. */
export interface ImageWeights {
  /** Null leaves the width as it is. */
  x: AxisWeights | null;
  /** Null leaves the height as it is. */
  y: AxisWeights | null;
}

/**
 * Resizes an image to floating-point pixels: first the width, then the height. Sums are computed in double precision, and
 * each axis is rounded to single precision, as Pillow does for its mode F.
 *
 * @returns [height, width, channels]
 */
export function resampleFloat(image: PixelImage, { x, y }: ImageWeights): Float32Array {
  const { width, height, channels } = image;
  const wide =
    x === null ? image.data : alongRows(image.data, Float32Array, { width, height, channels, weights: x }, sum);
  const newWidth = x === null ? width : x.length;
  if (y === null) return Float32Array.from(wide);
  return alongColumns(wide, Float32Array, { width: newWidth, height, channels, weights: y }, sum);
}

/**
 * Resizes an image to bytes, bit-exactly as Pillow does before version 13: first the width, then the height, each rounded to
 * a byte. Version 13 changes the height of tall images first, and a byte may differ by a few.
 *
 * @returns [height, width, channels]
 */
export function resampleBytes(image: PixelImage, { x, y }: ImageWeights): Uint8Array {
  const { width, height, channels } = image;
  const bytes = (weights: AxisWeights) => ({ ...weights, values: weights.values.map(toFixedPoint) });
  const wide =
    x === null
      ? image.data
      : alongRows(image.data, Uint8ClampedArray, { width, height, channels, weights: bytes(x) }, sumBytes);
  const newWidth = x === null ? width : x.length;
  const all =
    y === null
      ? wide
      : alongColumns(wide, Uint8ClampedArray, { width: newWidth, height, channels, weights: bytes(y) }, sumBytes);
  return Uint8Array.from(all);
}

function toFixedPoint(weight: number): number {
  const scaled = weight * 2 ** PRECISION_BITS;
  return Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
}

type Pixels = Uint8Array | Uint8ClampedArray | Float32Array;

/** One pass over an image. */
interface Pass {
  width: number;
  height: number;
  channels: number;
  weights: AxisWeights;
}

/** Sum of `count` values, `step` apart, times the weights from `from` on. */
type Sum = (data: Pixels, start: number, step: number, weights: Float64Array, from: number, count: number) => number;

const sum: Sum = (data, start, step, weights, from, count) => {
  let total = 0;
  for (let i = 0, j = start; i < count; i++, j += step) total += data[j]! * weights[from + i]!;
  return total;
};

/** Whole numbers below 2^53 are exact in double precision. */
const sumBytes: Sum = (...args) => Math.floor((sum(...args) + HALF) / 2 ** PRECISION_BITS);

function alongRows<A extends Pixels>(
  data: Pixels,
  Result: new (length: number) => A,
  { width, height, channels, weights }: Pass,
  add: Sum,
): A {
  const { length, first, count, values, size } = weights;
  const out = new Result(length * height * channels);
  for (let row = 0, at = 0; row < height; row++) {
    for (let x = 0; x < length; x++) {
      const start = (row * width + first[x]!) * channels;
      for (let c = 0; c < channels; c++) out[at++] = add(data, start + c, channels, values, x * size, count[x]!);
    }
  }
  return out;
}

function alongColumns<A extends Pixels>(
  data: Pixels,
  Result: new (length: number) => A,
  { width, channels, weights }: Pass,
  add: Sum,
): A {
  const { length, first, count, values, size } = weights;
  const stride = width * channels;
  const out = new Result(length * stride);
  for (let y = 0, at = 0; y < length; y++) {
    const start = first[y]! * stride;
    for (let i = 0; i < stride; i++) out[at++] = add(data, start + i, stride, values, y * size, count[y]!);
  }
  return out;
}
