import { DTYPES, fromBfloat16, fromFloat16, type Dtype, type HostArray } from './dtype.js';

/** A tensor in ordinary memory or in a file: row-major, in PyTorch's layout. */
export interface HostTensor {
  shape: number[];
  /** The elements. A tensor that is still in its file reads them on every access. */
  data: HostArray;
  /**
   * Needed where the array does not say it: `F16`, `BF16` or `U16` for a Uint16Array, `BOOL` for a
   * Uint8Array.
   */
  dtype?: Dtype;
}

/** Named tensors, in order: a PyTorch state dict. */
export type StateDict = Record<string, HostTensor>;

/**
 * The data type of a tensor's elements.
 *
 * @throws if neither the tensor nor its array says it
 * @internal
 */
export function dtypeOf(tensor: HostTensor): Dtype {
  if (tensor.dtype !== undefined) return tensor.dtype;
  const { data } = tensor;
  if (data instanceof Uint16Array)
    throw new Error('A tensor of 16-bit elements must state its dtype: F16, BF16 or U16.');
  return (Object.keys(DTYPES) as Dtype[]).find((name) => name !== 'BOOL' && data instanceof DTYPES[name])!;
}

/** A tensor's elements as float32: its own array if it has that type already. */
export function toFloat32({ data, dtype }: HostTensor): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float32Array.from(data, Number);
  if (dtype === 'F16') return Float32Array.from(data as Uint16Array, fromFloat16);
  if (dtype === 'BF16') return fromBfloat16(data as Uint16Array);
  return new Float32Array(data);
}

/** Number of elements of a tensor of this shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * Reorders the axes of a row-major array.
 *
 * @param data elements of a tensor of shape `shape`
 * @param permutation axis `i` of the result is axis `permutation[i]` of `data`
 * @returns the elements in the new order, in a new array
 * @internal
 */
export function permuteAxes(
  data: Float32Array,
  shape: readonly number[],
  permutation: readonly number[],
): Float32Array {
  const rank = shape.length;
  const strides = new Array<number>(rank).fill(1);
  for (let axis = rank - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  const outShape = permutation.map((axis) => shape[axis]!);
  const outStrides = permutation.map((axis) => strides[axis]!);
  const out = new Float32Array(data.length);
  const index = new Array<number>(rank).fill(0);
  for (let i = 0, source = 0; i < out.length; i++) {
    out[i] = data[source]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      source += outStrides[axis]!;
      if (++index[axis]! < outShape[axis]!) break;
      source -= outStrides[axis]! * outShape[axis]!;
      index[axis] = 0;
    }
  }
  return out;
}
