import type { HostArray } from './dtype.js';

/** The elements of an array in Fortran order, whose first axis is the fastest one, row-major. */
export function fromFortranOrder<T extends HostArray>(stored: T, shape: readonly number[]): T {
  if (shape.length < 2) return stored;
  let stride = 1;
  const strides = shape.map((size) => (stride *= size) / size);
  return gatherStrided(stored, stored.slice() as T, shape, strides);
}

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
