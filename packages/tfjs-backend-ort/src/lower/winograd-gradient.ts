import type { Builder } from './builder.js';
import { filterGradientBlocked } from './filter-gradient-blocked.js';
import type { Geometry } from './geometry.js';
import { fromBlocked, toBlocked, toPlain } from './layout.js';
import type { LoweredTensor } from './lowered-tensor.js';
import { combineGradientRows, combineImageRows, kernelRowsGradient, rowFilterOf, type Thresholds } from './winograd.js';

/** Higher than for a convolution, because the pixels have to be sorted for several small gradients instead of one. */
const THRESHOLDS: Thresholds = { two: { channels: 256, pixels: 4096 }, four: { channels: 128, pixels: 1024 } };

/**
 * The gradient with respect to the weights of a 3x3 convolution by Winograd's minimal filtering along the height (see
 * winograd.ts), which takes half of the products. Null if that is not faster.
 */
export function filterGradientByRows(
  b: Builder,
  x: LoweredTensor,
  dy: LoweredTensor,
  geometry: Geometry,
  shape: readonly number[],
): LoweredTensor | null {
  const [, , inputs, outputs] = shape as [number, number, number, number];
  const filter = rowFilterOf(b, x.shape, outputs, geometry, THRESHOLDS);
  if (!filter) return null;
  const oneRow: Geometry = { kernel: [1, 3], strides: [1, 1], dilations: [1, 1], pads: [0, 1, 0, 1] };
  const upstream = combineGradientRows(b, toBlocked(b, dy), filter);
  const gradients = [];
  for (const [i, rows] of combineImageRows(b, toBlocked(b, x), filter).entries()) {
    const [image, change] = [fromBlocked(rows), fromBlocked(upstream[i]!)];
    const gradient = filterGradientBlocked(b, image, change, oneRow, [1, 3, inputs, outputs]);
    if (!gradient) return null;
    gradients.push(toPlain(b, gradient));
  }
  return b.tensor(b.view(b.concat(kernelRowsGradient(b, gradients, filter), 0), shape), shape);
}
