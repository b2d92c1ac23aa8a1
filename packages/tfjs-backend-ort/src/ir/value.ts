import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import type { NativeTensor, TensorData } from '../runtime/binding.js';
import type { DeviceBuffer } from '../runtime/device.js';
import type { RecordedNode } from './node.js';

/** The element types that graphs compute with. Strings and complex numbers stay with the CPU kernels. */
export type NumericType = 'float32' | 'int32' | 'bool';

/**
 * The storage behind one tfjs tensor, and its dataId at the same time (so that no map is looked up per operation).
 * Either a recorded node will produce it (`producer`), or its values are in row-major order on the host (`data`) or on
 * the device of the execution provider (`device`).
 * Shapes belong to the tensors that share the storage; `size` is all it knows itself.
 */
export class Value {
  producer: RecordedNode | null = null;
  data: TensorData | null = null;
  device: DeviceBuffer | null = null;
  /** Strings, which never enter a graph. */
  foreign: BackendValues | null = null;
  /** The two halves of complex numbers, which never enter a graph themselves. */
  parts: ComplexParts | null = null;
  /** Uploaded values that are all 0 or all 1: baked into graphs instead of being fed. */
  fill: 0 | 1 | null = null;
  /** `data` came from the pool and returns there. */
  pooled = false;
  refCount = 1;
  disposed = false;
  /** Why it could not be computed: everything that would read it fails with this. */
  failure: { kernel: string; error: unknown } | null = null;
  /** `data` as a graph input, kept for the next run. */
  feed: NativeTensor | null = null;
  /** Position in the graph being built; only meaningful while `mark` is that graph's number. */
  ordinal = 0;
  mark = 0;

  constructor(
    readonly dtype: DataType,
    readonly size: number,
  ) {}
}

export interface ComplexParts {
  real: Value;
  imag: Value;
}

export type LiveValue = Value & { dtype: NumericType };
