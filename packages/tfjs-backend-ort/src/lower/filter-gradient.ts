import type { Builder } from './builder.js';
import { filterGradientBlocked } from './filter-gradient-blocked.js';
import type { Geometry } from './geometry.js';
import { canBlock, toBlocked, toPlain, toPlanes } from './layout.js';
import type { GraphValue, LoweredTensor } from './lowered-tensor.js';
import { filterGradientByRows } from './winograd-gradient.js';

/** With fewer pixels the inner dimension of a product is too short, and several samples share one product. */
const MIN_PIXELS = 256;

/**
 * Gradient of a convolution with respect to its weights [kh,kw,I,O]: a contraction over all pixels of all samples. The choice
 * of the algorithm depends on the shapes only, so that the same operation always rounds the same way.
 */
export function filterGradient(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor {
  x = x.rematerialize?.(canBlock(b, dy.shape) ? toBlocked(b, dy) : toPlain(b, dy)) ?? x;
  const fast = filterGradientByRows(b, x, dy, geometry, shape) ?? filterGradientBlocked(b, x, dy, geometry, shape);
  if (fast) return fast;
  const unit = [...geometry.strides, ...geometry.dilations].every((v) => v === 1);
  return (unit ? unitStride : tapByTap)(b, x, dy, geometry, shape);
}

/**
 * Stride 1: for each kernel column one product per sample, [kh*I, pixels] x [pixels, O], summed over the samples. The kernel's
 * rows are x shifted along the height, in NCHW order. Its columns are dy shifted along the width, in NHWC order. Both operands
 * are then in the order in which the product reads them, which is two to three times as fast as a product with transposed
 * operands. If dy has fewer channels the two are swapped, because the first is copied more often.
 */
function unitStride(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  { kernel: [kh, kw], pads: [top, left] }: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const swapped = dy.shape[3]! < x.shape[3]!;
  const [first, second] = swapped ? [dy, x] : [x, dy];
  const [n, h, width, c] = first.shape as [number, number, number, number];
  const [, height, w, d] = second.shape as [number, number, number, number];
  const together = samplesTogether(n, height * width);
  const [groups, pixels] = [n / together, together * height * width];
  const images = b.view(gatherSamples(b, toPlanes(b, first), together), [n * c, h * width]);
  const kernelRows = Array.from({ length: kh }, (_, k) => {
    const before = swapped ? k - top : top - k;
    const shifted = b.pad(images, [0, before * width], [0, (height - h - before) * width]);
    return b.view(shifted, [groups * c, pixels]);
  });
  // Rows in the order (channel, kernel row).
  const stacked = b.view(b.concat(kernelRows, 1), [groups, c * kh, pixels]);
  const rows = toPlain(b, second, [n * height, w * d]);
  const columns = Array.from({ length: kw }, (_, k) => {
    const before = swapped ? left - k : k - left;
    const shifted = b.pad(rows, [0, before * d], [0, (width - w - before) * d]);
    return b.matMul(stacked, b.view(shifted, [groups, pixels, d]));
  });
  const sum = b.reduce('ReduceSum', b.concat(columns, 2), groups === 1 ? [] : [0]);
  return b.tensor(b.transpose(b.view(sum, [c, kh * kw, d]), swapped ? [1, 2, 0] : [1, 0, 2]), shape);
}

function samplesTogether(samples: number, pixels: number): number {
  let together = 1;
  while (together * pixels < MIN_PIXELS && samples % (together * 2) === 0) together *= 2;
  return together;
}

/** [N,C,H,W] to [N/k,C,k,H,W]: the same channel of k samples next to each other. */
function gatherSamples(b: Builder, images: GraphValue, together: number): GraphValue {
  if (together === 1) return images;
  const [n, c, h, w] = images.dims as [number, number, number, number];
  return b.transpose(b.view(images, [n / together, together, c, h * w]), [0, 2, 1, 3]);
}

/** Any stride and dilation: one product per tap. */
function tapByTap(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  { kernel, strides, dilations, pads }: Geometry,
  shape: readonly number[],
): LoweredTensor {
  const [n, , , i] = x.shape as [number, number, number, number];
  const [, outH, outW, o] = dy.shape as [number, number, number, number];
  const pixels = toPlain(b, dy, [n * outH * outW, o]);
  const padded = b.pad(toPlain(b, x), [0, pads[0], pads[1], 0], [0, pads[2], pads[3], 0]);
  const taps: GraphValue[] = [];
  for (let k = 0; k < kernel[0] * kernel[1]; k++) {
    const [top, left] = [Math.floor(k / kernel[1]) * dilations[0], (k % kernel[1]) * dilations[1]];
    const rows = b.slice(padded, 1, top, top + (outH - 1) * strides[0] + 1, strides[0]);
    const patch = b.slice(rows, 2, left, left + (outW - 1) * strides[1] + 1, strides[1]);
    taps.push(b.view(b.matMul(b.view(patch, [n * outH * outW, i]), pixels, true), [1, i, o]));
  }
  return b.tensor(b.view(b.concat(taps, 0), shape), shape);
}
