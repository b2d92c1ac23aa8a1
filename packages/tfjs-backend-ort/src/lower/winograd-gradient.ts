import type { Builder } from './builder.js';
import type { Geometry } from './conv.js';
import { filterGradientBlocked } from './filter-gradient-blocked.js';
import { blocked, fromBlocked, plain } from './layout.js';
import type { GraphValue, Logical } from './logical.js';
import { combineGradientRows, combineImageRows, savesProducts, type Threshold } from './winograd.js';

/** The pixels have to be sorted for four small gradients instead of one, which smaller ones do not make up for. */
const THRESHOLD: Threshold = { channels: 256, pixels: 4096 };

/**
 * The gradient with respect to the weights of a 3x3 convolution through Winograd's F(2,3) along the height (see
 * winograd.ts): two thirds of the products. Null where it is not worth it.
 */
export function filterGradientByRowPairs(
  b: Builder,
  x: Logical,
  dy: Logical,
  geometry: Geometry,
  shape: readonly number[],
): Logical | null {
  const [, , inputs, outputs] = shape as [number, number, number, number];
  if (!savesProducts(b, x.shape, outputs, geometry, THRESHOLD)) return null;
  const oneRow: Geometry = { kernel: [1, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 1, 0, 1] };
  const upstream = combineGradientRows(b, blocked(b, dy));
  const kernels: GraphValue[] = [];
  for (const [i, rows] of combineImageRows(b, blocked(b, x)).entries()) {
    const gradient = filterGradientBlocked(b, fromBlocked(rows), fromBlocked(upstream[i]!), oneRow, [
      1,
      3,
      inputs,
      outputs,
    ]);
    if (!gradient) return null;
    kernels.push(plain(b, gradient));
  }
  // g0 is in m0, and half of it in m1 and m2, and so on.
  const [u0, u1, u2, u3] = kernels as [GraphValue, GraphValue, GraphValue, GraphValue];
  const half = b.floats([0.5]);
  const outer = b.binary('Mul', b.binary('Add', u1, u2), half);
  const middle = b.binary('Mul', b.binary('Sub', u1, u2), half);
  const rows = [b.binary('Add', u0, outer), middle, b.binary('Add', outer, u3)];
  return b.logical(b.view(b.concat(rows, 0), shape), shape);
}
