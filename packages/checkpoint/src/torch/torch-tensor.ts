import { CheckpointError } from '../checkpoint-error.js';
import { arrayFromBytes, DTYPES, type Dtype, type HostArray } from '../dtype.js';
import { elementCount, type HostTensor } from '../host-tensor.js';
import { PythonGlobal, type PythonValue } from '../pickle/python-values.js';
import { UndecodedTensor } from '../pickle/undecoded.js';
import { gatherStrided } from '../strided.js';
import { TorchStorage } from './torch-storage.js';

/** Types of which PyTorch has tensors and no class of storages. */
const DTYPES_BY_NAME: Record<string, Dtype> = {
  'torch.uint16': 'U16',
  'torch.uint32': 'U32',
  'torch.uint64': 'U64',
  'torch.bool': 'BOOL',
  'torch.uint8': 'U8',
};
/** PyTorch's own bound. */
const MAX_RANK = 64;
/**
 * Elements that a tensor may have beyond those of its storage, by repeating them (stride 0). Without a bound,
 * ten bytes could take all memory.
 */
const MAX_REPEATED = 1 << 20;

/**
 * A tensor of a PyTorch file: a strided view of a storage. Its elements are read from the file on every
 * access of `data`, in row-major order whatever the strides.
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
      elementCount(shape) > storage.length + MAX_REPEATED
    ) {
      throw new CheckpointError(
        storage.source,
        `a tensor of shape [${shape}], strides [${strides}] and offset ${offset} does not fit a storage of ${storage.length} elements`,
      );
    }
    this.shape = [...shape];
    this.size = elementCount(shape);
  }

  get dtype(): Dtype {
    return this.storage.dtype;
  }

  get data(): HostArray {
    const { dtype, storage, offset, shape, strides, size } = this;
    if (size === 0) return new DTYPES[dtype](0);
    const end = offset + lastOffset(shape, strides) + 1;
    const span = arrayFromBytes(dtype, storage.bytes(offset, end));
    return isContiguous(shape, strides) ? span : gatherStrided(span, new DTYPES[dtype](size), shape, strides);
  }
}

/**
 * Makes a tensor of the arguments of `torch._utils._rebuild_tensor_v2` (storage, offset, shape, strides,
 * ...). Whether it needs a gradient is not kept.
 *
 * @throws CheckpointError if the arguments are others, or the tensor does not lie inside its storage
 */
export function rebuildTensor(args: readonly PythonValue[], source: string): TorchTensor | UndecodedTensor {
  const [storage, offset, shape, strides] = args;
  const isCounts = (value: PythonValue | undefined): value is readonly number[] =>
    Array.isArray(value) && value.length <= MAX_RANK && value.every((n) => typeof n === 'number');
  if (!(storage instanceof TorchStorage) || typeof offset !== 'number' || !isCounts(shape) || !isCounts(strides)) {
    throw new CheckpointError(source, 'not a valid pickle: a tensor without storage, offset, shape and strides');
  }
  if (storage.unsupported !== null) return new UndecodedTensor(`a tensor of ${storage.unsupported}`);
  return new TorchTensor(storage, offset, shape, strides);
}

/**
 * Makes a tensor of the arguments of `torch._utils._rebuild_tensor_v3`, which says the type of the elements apart from the
 * storage: (storage, offset, shape, strides, requires a gradient, hooks, type, ...).
 *
 * @throws CheckpointError if the arguments are others, or the tensor does not lie inside its storage
 */
export function rebuildTypedTensor(args: readonly PythonValue[], source: string): TorchTensor | UndecodedTensor {
  const [storage, , , , , , type] = args;
  const name = type instanceof PythonGlobal ? type.name : 'an unknown type';
  const dtype = DTYPES_BY_NAME[name];
  if (dtype === undefined || !(storage instanceof TorchStorage)) return new UndecodedTensor(`a tensor of ${name}`);
  return rebuildTensor([storage.as(dtype), ...args.slice(1)], source);
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
