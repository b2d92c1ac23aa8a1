import type { HostArray } from './dtype.js';

/**
 * Copies the elements of a strided view, row-major.
 *
 * @param source elements of which the view is made, from its first one
 * @param out where they go
 * @param strides distance between neighbors along each axis, in elements
 */
export function gatherStrided<T extends HostArray>(
  source: HostArray,
  out: T,
  shape: readonly number[],
  strides: readonly number[],
): T {
  const index = new Array<number>(shape.length).fill(0);
  for (let i = 0, at = 0; i < out.length; i++) {
    out[i] = source[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
