import type { Builder } from './builder.js';
import type { Geometry } from './conv.js';
import { plain, planes } from './layout.js';
import type { GraphValue, Logical } from './logical.js';

/** Below this many pixels an image is too short an inner dimension for a product of its own. */
const MIN_PIXELS = 64;

/**
 * Gradient of a convolution with respect to its weights [kh,kw,I,O]: matrix products over all pixels of all samples.
 * Which form depends on the shapes alone, so that the same operation always rounds the same way.
 */
export function filterGradient(
  b: Builder,
  x: Logical,
  dy: Logical,
  geometry: Geometry,
  shape: readonly number[],
): Logical {
  const unit = [...geometry.strides, ...geometry.dilations].every((v) => v === 1);
  if (!unit) return tapByTap(b, x, dy, geometry, shape);
  const pixels = dy.shape[1]! * x.shape[2]!;
  return pixels >= MIN_PIXELS ? bySample(b, x, dy, geometry, shape) : byPixel(b, x, dy, geometry, shape);
}

/**
 * Stride 1: for each kernel column one product a sample, [kh*I, pixels] x [pixels, O], added up over the samples.
 * The kernel's rows are x shifted along the height, in NCHW order; its columns are dy shifted along the width, in NHWC
 * order. With both operands in the order in which the product reads them it needs no transposition, and runs two to
 * three times as fast as one over transposed operands.
 */
function bySample(
  b: Builder,
  x: Logical,
  dy: Logical,
  { kernel: [kh, kw], pads }: Geometry,
  shape: readonly number[],
): Logical {
  const [n, h, w, i] = x.shape as [number, number, number, number];
  const [, outH, outW, o] = dy.shape as [number, number, number, number];
  const pixels = outH * w;
  const images = b.view(planes(b, x), [n * i, h * w]);
  const shiftedX = Array.from({ length: kh }, (_, k) => {
    const before = pads[0] - k;
    return b.view(b.pad(images, [0, before * w], [0, (outH - h - before) * w]), [n, i, pixels]);
  });
  const stacked = b.concat(shiftedX, 1);
  const rows = plain(b, dy, [n * outH, outW * o]);
  const columns = Array.from({ length: kw }, (_, k) => {
    const before = k - pads[1];
    const shifted = b.pad(rows, [0, before * o], [0, (w - outW - before) * o]);
    const product = b.matMul(stacked, b.view(shifted, [n, pixels, o]));
    return b.view(n === 1 ? product : b.reduce('ReduceSum', product, [0]), [kh, 1, i, o]);
  });
  return b.logical(b.concat(columns, 1), shape);
}

/**
 * Stride 1 on small images: one product over all samples gives all taps. [kw*I, pixels] x [pixels, kh*O] of x shifted
 * along the width and dy shifted along the height.
 */
function byPixel(b: Builder, x: Logical, dy: Logical, { kernel: [kh, kw], pads }: Geometry, shape: readonly number[]) {
  const [n, h, w, i] = x.shape as [number, number, number, number];
  const [, outH, outW, o] = dy.shape as [number, number, number, number];
  const rows = plain(b, x, [n * h, w * i]);
  const shiftedX = Array.from({ length: kw }, (_, k) => {
    const before = pads[1] - k;
    return b.view(b.pad(rows, [0, before * i], [0, (outW - w - before) * i]), [n * h * outW, i]);
  });
  const images = plain(b, dy, [n, outH * outW * o]);
  const shiftedDy = Array.from({ length: kh }, (_, k) => {
    const before = k - pads[0];
    const padded = b.pad(images, [0, before * outW * o], [0, (h - outH - before) * outW * o]);
    return b.view(padded, [n * h * outW, o]);
  });
  const product = b.matMul(b.concat(shiftedX, 1), b.concat(shiftedDy, 1), true);
  return b.logical(b.transpose(b.view(product, [kw, i, kh, o]), [2, 0, 1, 3]), shape);
}

/** Any stride and dilation: one product a tap. */
function tapByTap(
  b: Builder,
  x: Logical,
  dy: Logical,
  { kernel, strides, dilations, pads }: Geometry,
  shape: readonly number[],
): Logical {
  const [n, , , i] = x.shape as [number, number, number, number];
  const [, outH, outW, o] = dy.shape as [number, number, number, number];
  const pixels = plain(b, dy, [n * outH * outW, o]);
  const padded = b.pad(plain(b, x), [0, pads[0], pads[1], 0], [0, pads[2], pads[3], 0]);
  const taps: GraphValue[] = [];
  for (let k = 0; k < kernel[0] * kernel[1]; k++) {
    const [top, left] = [Math.floor(k / kernel[1]) * dilations[0], (k % kernel[1]) * dilations[1]];
    const rows = b.slice(padded, 1, top, top + (outH - 1) * strides[0] + 1, strides[0]);
    const patch = b.slice(rows, 2, left, left + (outW - 1) * strides[1] + 1, strides[1]);
    taps.push(b.view(b.matMul(b.view(patch, [n * outH * outW, i]), pixels, true), [1, i, o]));
  }
  return b.logical(b.view(b.concat(taps, 0), shape), shape);
}
