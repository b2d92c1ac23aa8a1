import { CheckpointError } from '../checkpoint-error.js';
import type { PythonValue } from '../pickle/python-values.js';
import { TorchStorage } from './torch-storage.js';
import { MAX_RANK, TorchTensor } from './torch-tensor.js';

/**
 * What `torch._utils._rebuild_tensor_v2` makes of its arguments (storage, offset, shape, strides, ...); whether it needs
 * a gradient is not kept.
 *
 * @throws CheckpointError if they are no such arguments, or the tensor does not lie inside its storage
 */
export function rebuildTensor(args: readonly PythonValue[], source: string): TorchTensor {
  const [storage, offset, shape, strides] = args;
  const isCounts = (value: PythonValue | undefined): value is readonly number[] =>
    Array.isArray(value) && value.length <= MAX_RANK && value.every((n) => typeof n === 'number');
  if (!(storage instanceof TorchStorage) || typeof offset !== 'number' || !isCounts(shape) || !isCounts(strides)) {
    throw new CheckpointError(source, 'not a valid pickle: a tensor without storage, offset, shape and strides');
  }
  return new TorchTensor(storage, offset, shape, strides);
}
