import type { Builder } from './builder.js';
import type { GraphValue } from './lowered-tensor.js';

/** Converts positions [M,R] in the first R axes of the given sizes to row numbers [M]. */
export function rowNumbers(b: Builder, positions: GraphValue, sizes: readonly number[]): GraphValue {
  const strides = sizes.map((_, i) => sizes.slice(i + 1).reduce((p, d) => p * d, 1));
  if (sizes.length === 1) return b.view(positions, [positions.dims[0]!]);
  const scaled = b.binary('Mul', positions, b.constant('int32', [sizes.length], strides));
  return b.reduce('ReduceSum', scaled, [1]);
}

/**
 * Writes rows [M,W] into the rows `numbers` [M] of `target` [N,W], or adds them to these rows, one after the other. The result
 * is deterministic, and NaN stays in its row.
 */
export function writeRows(
  b: Builder,
  target: GraphValue,
  numbers: GraphValue,
  rows: GraphValue,
  reduction: 'none' | 'add',
): GraphValue {
  const spread = b.expand(b.view(numbers, [numbers.dims[0]!, 1]), rows.dims);
  return b.node('ScatterElements', [target, spread, rows], target.dims, { attributes: { axis: 0, reduction } });
}
