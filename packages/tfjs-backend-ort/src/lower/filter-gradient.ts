import type { Builder } from './builder.js';
import type { Geometry } from './conv.js';
import { plain } from './layout.js';
import { sizeOf, type GraphValue, type Logical } from './logical.js';

/**
 * Gradient of a convolution with respect to its weights [kh,kw,I,O]: a matrix product over all pixels of all samples.
 */
export function filterGradient(
  b: Builder,
  x: Logical,
  dy: Logical,
  geometry: Geometry,
  shape: readonly number[],
): Logical {
  const unit = [...geometry.strides, ...geometry.dilations].every((v) => v === 1);
  return unit ? unitStride(b, x, dy, geometry, shape) : general(b, x, dy, geometry, shape);
}

/**
 * With stride 1 one product gives all taps: x shifted along the width, and dy shifted along the height, side by side.
 * [kw*I, pixels] x [pixels, kh*O], in as many partial sums as keep the cores busy.
 */
function unitStride(
  b: Builder,
  x: Logical,
  dy: Logical,
  { kernel, pads }: Geometry,
  shape: readonly number[],
): Logical {
  const [kh, kw] = kernel;
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
    return b.view(b.pad(images, [0, before * outW * o], [0, (h - outH - before) * outW * o]), [n * h * outW, o]);
  });
  const product = pixelProduct(b, b.concat(shiftedX, 1), b.concat(shiftedDy, 1));
  return b.logical(b.transpose(b.view(product, [kw, i, kh, o]), [2, 0, 1, 3]), shape);
}

/** Any stride and dilation: one product a tap. */
function general(
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
    taps.push(b.view(pixelProduct(b, b.view(patch, [n * outH * outW, i]), pixels), [1, i, o]));
  }
  return b.logical(b.view(b.concat(taps, 0), shape), shape);
}

/** transpose(x) * y over the rows (pixels) of both, split into partial products that run side by side. */
function pixelProduct(b: Builder, x: GraphValue, y: GraphValue): GraphValue {
  const pixels = x.dims[0]!;
  const parts = partialSums(pixels, x.dims[1]! * y.dims[1]!);
  if (parts === 1) return b.matMul(x, y, true);
  const split = (v: GraphValue) => b.view(v, [parts, pixels / parts, v.dims[1]!]);
  return b.reduce('ReduceSum', b.matMul(split(x), split(y), true), [0]);
}

/** How many partial sums: a choice by shape alone, so that the same operation always rounds the same way. */
function partialSums(pixels: number, outputs: number): number {
  let parts = 1;
  while (parts < 32 && pixels % (parts * 2) === 0 && pixels / (parts * 2) >= 512 && parts * 2 * outputs <= 1 << 18)
    parts *= 2;
  return parts;
}

export { sizeOf };
