import type { Builder } from './builder.js';
import { MICROSOFT } from './graph-writer.js';
import type { GraphValue } from './lowered-tensor.js';
import type { Affine } from './normalization-space.js';

/** SiLU: z * sigmoid(z). */
export const silu = (b: Builder, z: GraphValue): GraphValue =>
  b.dialect.quickGelu
    ? b.unary('QuickGelu', z, { domain: MICROSOFT, attributes: { alpha: { float: 1 } } })
    : b.binary('Mul', z, b.unary('Sigmoid', z));

/**
 * The gradient of SiLU, dy * s * (1 + z - y).
 *
 * @param s sigmoid(z)
 * @param y z * s
 * @param affine if given, 1 + z - y takes one pass instead of two
 */
export function siluGradient(
  b: Builder,
  dy: GraphValue,
  z: GraphValue,
  s: GraphValue,
  y: GraphValue,
  affine?: Affine,
): GraphValue {
  const left = b.binary('Mul', dy, s);
  const channels = b.block > 1 && z.dims.length === 4 ? z.dims[1]! : 0;
  const inner =
    affine && channels
      ? affine(y, { scale: constantVector(b, -1, channels), bias: constantVector(b, 1, channels), sum: z })
      : b.binary('Add', b.binary('Sub', z, y), b.floats([1]));
  return b.binary('Mul', left, inner);
}

const constantVector = (b: Builder, value: number, length: number) => b.expand(b.floats([value]), [length]);
