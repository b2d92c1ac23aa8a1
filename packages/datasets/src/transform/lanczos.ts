import type { PixelImage } from '../image-shape.js';

/** Lobes of the kernel on each side. */
const SUPPORT = 3;
/** Weights are integers, in units of 2^-22: what is left of 32 bits for 8 bits of colour and 2 for overshoot. */
const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** The weights of one axis: for each output pixel the first input pixel and `size` weights from there on. */
interface Weights {
  first: Int32Array;
  count: Int32Array;
  /** [output length, size] */
  values: Int32Array;
  size: number;
}

/**
 * Resizes an image with the Lanczos kernel of three lobes, stretched by the scale where the image is made smaller, exactly as
 * Pillow's `Image.resize(size, LANCZOS)` does for 8-bit images: columns first, then rows, each rounded to 8 bits, with
 * weights rounded to multiples of 2^-22.
 *
 * @param width, height of the result, at least 1
 */
export function resizeLanczos(image: PixelImage, width: number, height: number): PixelImage {
  const wide = image.width === width ? image : resizeRows(image, width);
  return wide.height === height ? wide : resizeColumns(wide, height);
}

/** L(x) = sinc(x) sinc(x / 3) for |x| < 3. */
function lanczos(x: number): number {
  return x >= -SUPPORT && x < SUPPORT ? sinc(x) * sinc(x / SUPPORT) : 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

/** Weights of the last few pairs of lengths: images of a source often have one size. */
const remembered = new Map<string, Weights>();
const MAX_REMEMBERED = 16;

function axisWeights(from: number, to: number): Weights {
  const key = `${from} to ${to}`;
  const known = remembered.get(key);
  if (known !== undefined) return known;
  if (remembered.size >= MAX_REMEMBERED) remembered.clear();
  const weights = computeWeights(from, to);
  remembered.set(key, weights);
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
    const centre = (out + 0.5) * scale;
    const first = Math.max(Math.trunc(centre - reach + 0.5), 0);
    const count = Math.min(Math.trunc(centre + reach + 0.5), from) - first;
    const exact = Array.from({ length: count }, (_, i) => lanczos((i + first - centre + 0.5) * (1 / stretch)));
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

/** Changes the width. */
function resizeRows({ data, width, height, channels }: PixelImage, to: number): PixelImage {
  const { first, count, values, size } = axisWeights(width, to);
  const out = new Uint8ClampedArray(to * height * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      const start = (y * width + first[x]!) * channels;
      for (let channel = 0; channel < channels; channel++) {
        let sum = HALF;
        let at = start + channel;
        for (let i = x * size, end = i + count[x]!; i < end; i++, at += channels) sum += data[at]! * values[i]!;
        out[(y * to + x) * channels + channel] = sum >> PRECISION_BITS;
      }
    }
  }
  return { data: bytesOf(out), width: to, height, channels };
}

/** Changes the height. */
function resizeColumns({ data, width, height, channels }: PixelImage, to: number): PixelImage {
  const { first, count, values, size } = axisWeights(height, to);
  const stride = width * channels;
  const out = new Uint8ClampedArray(to * stride);
  const sums = new Int32Array(stride);
  for (let y = 0; y < to; y++) {
    sums.fill(HALF);
    for (let i = 0; i < count[y]!; i++) {
      const weight = values[y * size + i]!;
      const start = (first[y]! + i) * stride;
      for (let x = 0; x < stride; x++) sums[x]! += data[start + x]! * weight;
    }
    for (let x = 0; x < stride; x++) out[y * stride + x] = sums[x]! >> PRECISION_BITS;
  }
  return { data: bytesOf(out), width, height: to, channels };
}

function bytesOf(clamped: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(clamped.buffer, clamped.byteOffset, clamped.length);
}
