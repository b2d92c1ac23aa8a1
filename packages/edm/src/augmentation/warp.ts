import { reflectIndex, SYM6, type AffineMap } from '@onestep/diffusion-core';

const TAPS = SYM6.length;
/** Pixels beyond the image's edges that the downsampling filter reads. */
const BORDER = TAPS / 4;

/** `length` integers from `start`. */
interface Range {
  start: number;
  length: number;
}

/**
 * Transforms an image without aliasing (Karras et al. 2020, "Training GANs with limited data", Appendix B): doubles the
 * resolution with {@link SYM6}, samples it bilinearly where `map` says, and halves the resolution with the same filter.
 * Beyond the edges the image continues mirrored once, and then with zeros.
 *
 * @param image size * size * channels numbers, HWC; changed in place
 * @param map from a point of the result to a point of the image, in pixels from the center
 */
export function warp(image: Float32Array, size: number, channels: number, map: AffineMap): void {
  // The doubled grids count half pixels. Pixel i of the result is made of the points 2i - 5 to 2i + 6.
  const first = 1 - 2 * BORDER;
  const side = 2 * size + TAPS - 2;
  const needed = findSourceBox(size, map, first, side);
  if (needed === null) {
    image.fill(0);
    return;
  }
  const doubled = upsample(image, size, channels, needed.x, needed.y);
  const warped = sample(doubled, needed, channels, size, map, first, side);
  downsample(warped, side, size, channels, image);
}

/** Finds the half-pixel grid points that bilinear sampling can read, within the mirrored image; null if none. */
function findSourceBox(size: number, map: AffineMap, first: number, side: number): { x: Range; y: Range } | null {
  const corners = [first, first + side - 1].map((q) => q / 2 - (size - 1) / 2);
  const points = corners.flatMap((y) => corners.map((x) => [x, y] as const));
  const range = (at: (x: number, y: number) => number): Range => {
    const places = points.map(([x, y]) => 2 * at(x, y) + size - 1);
    // Mirrored once: size - 1 pixels on either side.
    const start = Math.max(Math.floor(Math.min(...places)), -2 * (size - 1));
    const end = Math.min(Math.floor(Math.max(...places)) + 2, 4 * size - 2);
    return { start, length: end - start };
  };
  const x = range((x, y) => map.a * x + map.b * y + map.c);
  const y = range((x, y) => map.d * x + map.e * y + map.f);
  return x.length > 0 && y.length > 0 ? { x, y } : null;
}

/** Lists the pixels that contribute to each point of a doubled row, and their weights; TAPS / 2 of each. */
function listUpsamplingWeights({ start, length }: Range, size: number): { pixels: Int32Array; weights: Float64Array } {
  const half = TAPS / 2;
  const pixels = new Int32Array(length * half);
  const weights = new Float64Array(length * half);
  for (let j = 0; j < length; j++) {
    const q = start + j;
    // Pixels are at the even points, with zeros between them: the taps k with q - 6 + k even.
    for (let n = 0, k = Math.abs(q % 2); n < half; n++, k += 2) {
      const pixel = (q - half + k) / 2;
      const inside = pixel > -size && pixel < 2 * size - 1;
      pixels[j * half + n] = inside ? reflectIndex(pixel, size) : 0;
      weights[j * half + n] = inside ? SYM6[TAPS - 1 - k]! : 0;
    }
  }
  return { pixels, weights };
}

/** Computes the points `x` by `y` of the image at twice the resolution, HWC. */
function upsample(image: Float32Array, size: number, channels: number, x: Range, y: Range): Float32Array {
  const half = TAPS / 2;
  const width = x.length * channels;
  const rows = new Float32Array(size * width);
  const across = listUpsamplingWeights(x, size);
  for (let row = 0; row < size; row++) {
    for (let j = 0; j < x.length; j++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let n = j * half; n < (j + 1) * half; n++) {
          sum += across.weights[n]! * image[(row * size + across.pixels[n]!) * channels + channel]!;
        }
        rows[row * width + j * channels + channel] = sum;
      }
    }
  }
  const doubled = new Float32Array(y.length * width);
  const down = listUpsamplingWeights(y, size);
  for (let j = 0; j < y.length; j++) {
    for (let n = j * half; n < (j + 1) * half; n++) {
      addRow(doubled, j * width, rows, down.pixels[n]! * width, width, down.weights[n]!);
    }
  }
  return doubled;
}

/** Interpolates bilinearly at the points to which the map takes the result's half-pixel grid. */
function sample(
  source: Float32Array,
  box: { x: Range; y: Range },
  channels: number,
  size: number,
  { a, b, c, d, e, f }: AffineMap,
  first: number,
  side: number,
): Float32Array {
  const out = new Float32Array(side * side * channels);
  const { length: width } = box.x;
  const { length: height } = box.y;
  const center = (size - 1) / 2;
  for (let row = 0, at = 0; row < side; row++) {
    const y = (first + row) / 2 - center;
    for (let column = 0; column < side; column++, at += channels) {
      const x = (first + column) / 2 - center;
      const sx = 2 * (a * x + b * y + c) + size - 1 - box.x.start;
      const sy = 2 * (d * x + e * y + f) + size - 1 - box.y.start;
      const left = Math.floor(sx);
      const top = Math.floor(sy);
      if (left < -1 || top < -1 || left >= width || top >= height) continue;
      const right = sx - left;
      const bottom = sy - top;
      for (let corner = 0; corner < 4; corner++) {
        const column2 = left + (corner & 1);
        const row2 = top + (corner >> 1);
        if (column2 < 0 || row2 < 0 || column2 >= width || row2 >= height) continue;
        const weight = ((corner & 1) === 1 ? right : 1 - right) * (corner >> 1 === 1 ? bottom : 1 - bottom);
        const from = (row2 * width + column2) * channels;
        for (let channel = 0; channel < channels; channel++) out[at + channel]! += weight * source[from + channel]!;
      }
    }
  }
  return out;
}

/** Halves the resolution of `side` by `side` points and writes the result to an image. */
function downsample(points: Float32Array, side: number, size: number, channels: number, image: Float32Array): void {
  const width = size * channels;
  const rows = new Float32Array(side * width);
  for (let row = 0, at = 0; row < side; row++) {
    for (let column = 0; column < size; column++) {
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        const start = (row * side + 2 * column) * channels + channel;
        for (let k = 0; k < TAPS; k++) sum += SYM6[k]! * points[start + k * channels]!;
        rows[at++] = sum;
      }
    }
  }
  image.fill(0);
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < TAPS; k++) addRow(image, row * width, rows, (2 * row + k) * width, width, SYM6[k]!);
  }
}

/** Adds `weight` times `length` numbers of `source` to `target`. */
function addRow(
  target: Float32Array,
  to: number,
  source: Float32Array,
  from: number,
  length: number,
  weight: number,
): void {
  for (let i = 0; i < length; i++) target[to + i]! += weight * source[from + i]!;
}
