import { CheckpointError } from '../checkpoint-error.js';
import { arrayFromBytes, DTYPES, type Dtype, type HostArray } from '../dtype.js';
import type { HostTensor } from '../host-tensor.js';
import type { TorchStorage } from './torch-storage.js';

/** PyTorch's own bound. */
export const MAX_RANK = 64;
/** A tensor that repeats elements (stride 0) may have so many more than its storage: else ten bytes could ask for all memory. */
const MAX_REPEATED = 1 << 20;

/**
 * A tensor of a PyTorch file: a strided view of a storage. Its elements are read from the file each time they are asked
 * for, row-major, whatever the strides.
 */
export class TorchTensor implements HostTensor {
  readonly shape: number[];
  /** Number of elements. */
  readonly size: number;

  /** @throws CheckpointError if the view does not lie inside the storage */
  constructor(
    readonly storage: TorchStorage,
    private readonly offset: number,
    shape: readonly number[],
    private readonly strides: readonly number[],
  ) {
    const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
    if (
      shape.length !== strides.length ||
      ![offset, ...shape, ...strides].every(isCount) ||
      (!shape.includes(0) && offset + lastOffset(shape, strides) >= storage.length) ||
      shape.reduce((a, b) => a * b, 1) > storage.length + MAX_REPEATED
    ) {
      throw new CheckpointError(
        storage.source,
        `a tensor of shape [${shape}], strides [${strides}] and offset ${offset} does not fit a storage of ${storage.length} elements`,
      );
    }
    this.shape = [...shape];
    this.size = shape.reduce((a, b) => a * b, 1);
  }

  get dtype(): Dtype {
    return this.storage.dtype;
  }

  get data(): HostArray {
    const { dtype, storage, offset, shape, strides, size } = this;
    if (size === 0) return new DTYPES[dtype](0);
    const end = offset + lastOffset(shape, strides) + 1;
    const span = arrayFromBytes(dtype, storage.bytes(offset, end));
    return isContiguous(shape, strides) ? span : gather(span, new DTYPES[dtype](size), shape, strides);
  }
}

/** Distance from the first element to the last. */
function lastOffset(shape: readonly number[], strides: readonly number[]): number {
  return shape.reduce((sum, n, axis) => sum + (n - 1) * strides[axis]!, 0);
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 1) continue;
    if (strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** Writes the elements of a strided view into `out`, row-major. */
function gather<T extends HostArray>(
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
