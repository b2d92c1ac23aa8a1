import type { backend_util } from '@tensorflow/tfjs-core';

export type ExplicitPadding = backend_util.ExplicitPadding;
/** Padding as tfjs passes it to kernels. */
export type Padding = number | 'valid' | 'same' | ExplicitPadding;

/** Attributes of convolutions and pooling that decide how TensorFlow has to pad. */
export interface WindowAttrs {
  strides: [number, number] | number;
  pad: Padding;
  dilations?: [number, number] | number;
}

/**
 * Rewrites padding in pixels for TensorFlow: as 'valid' or 'same' where it is the same, which the engine computes fastest, and
 * else as a list of the zeros before and after each axis.
 *
 * @param x [N, H, W, C], the input
 * @param window [height, width] of the filter
 */
export function rewritePadding(
  x: readonly number[],
  window: readonly [number, number],
  { strides, pad, dilations }: WindowAttrs,
): 'valid' | 'same' | ExplicitPadding {
  if (pad === 'valid' || pad === 'same') return pad;
  const zeros = typeof pad === 'number' ? ([[0, 0], [pad, pad], [pad, pad], [0, 0]] as const) : pad; // prettier-ignore
  if (zeros.every(([before, after]) => before === 0 && after === 0)) return 'valid';
  const isSame = [0, 1].every((axis) => {
    const stride = pair(strides)[axis]!;
    const reach = (window[axis]! - 1) * pair(dilations ?? 1)[axis]! + 1;
    const size = x[axis + 1]!;
    const total = Math.max(0, (Math.ceil(size / stride) - 1) * stride + reach - size);
    const [before, after] = zeros[axis + 1]!;
    return before === Math.floor(total / 2) && after === Math.ceil(total / 2);
  });
  return isSame ? 'same' : (zeros as ExplicitPadding);
}

function pair(value: [number, number] | number): [number, number] {
  return typeof value === 'number' ? [value, value] : value;
}
