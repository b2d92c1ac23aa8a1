import type { Builder } from './builder.js';
import type { GraphValue } from './lowered-tensor.js';

/** How each pixel of a resized axis is interpolated: (1 - fraction) * x[low] + fraction * x[high]. */
export interface Samples {
  low: number[];
  high: number[];
  fraction: number[];
}

interface Corners {
  alignCorners?: boolean;
  halfPixelCenters?: boolean;
}
export type Sampling = (from: number, to: number, corners: Corners) => Samples;

/** Positions of the pixels of the resized axis in the source axis. */
function positions(from: number, to: number, { alignCorners, halfPixelCenters }: Corners): number[] {
  const ratio = alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;
  return Array.from({ length: to }, (_, i) => (halfPixelCenters ? ratio * (i + 0.5) : ratio * i));
}

export const linearSamples: Sampling = (from, to, corners) => {
  const at = positions(from, to, corners).map((p) => (corners.halfPixelCenters ? p - 0.5 : p));
  const low = at.map((p) => Math.max(0, Math.floor(p)));
  return { low, high: at.map((p) => Math.min(from - 1, Math.ceil(p))), fraction: at.map((p, i) => p - low[i]!) };
};

export const nearestSamples: Sampling = (from, to, corners) => {
  const round = corners.alignCorners ? Math.round : Math.floor;
  const low = positions(from, to, corners).map((p) => Math.min(from - 1, round(p)));
  return { low, high: low, fraction: low.map(() => 0) };
};

/** Resizes one axis of x. */
export function interpolate(b: Builder, x: GraphValue, axis: number, { low, high, fraction }: Samples): GraphValue {
  const dims = x.dims.map((d, i) => (i === axis ? low.length : d));
  const at = (indices: readonly number[]) => b.node('Gather', [x, b.ints(indices)], dims, { attributes: { axis } });
  const start = at(low);
  if (fraction.every((f) => f === 0)) return start;
  const weights = b.floats(fraction, [fraction.length, ...Array<number>(x.dims.length - axis - 1).fill(1)]);
  return b.binary('Add', start, b.binary('Mul', b.binary('Sub', at(high), start), weights));
}

/** The gradient of `interpolate` for a source axis of length `size`: a product with the transposed matrix of weights. */
export function interpolationGradient(
  b: Builder,
  dy: GraphValue,
  axis: number,
  { low, high, fraction }: Samples,
  size: number,
): GraphValue {
  const matrix = new Float64Array(size * low.length);
  low.forEach((_, i) => {
    matrix[low[i]! * low.length + i]! += 1 - fraction[i]!;
    matrix[high[i]! * low.length + i]! += fraction[i]!;
  });
  const inner = dy.dims.slice(axis + 1).reduce((p, d) => p * d, 1);
  const outer = dy.dims.slice(0, axis).reduce((p, d) => p * d, 1);
  const rows = b.view(dy, [outer, low.length, inner]);
  const product = b.matMul(b.floats([...matrix], [size, low.length]), rows);
  return b.view(product, [...dy.dims.slice(0, axis), size, ...dy.dims.slice(axis + 1)]);
}
