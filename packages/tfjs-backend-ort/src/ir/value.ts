import { findCallSite } from './call-site.js';
import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import type { NativeTensor, TensorData } from '../runtime/binding.js';
import type { DeviceBuffer } from '../runtime/device.js';
import type { RecordedNode } from './node.js';
import type { NumericType } from '../tensor-spec.js';

/** Why an operation could not be computed. */
export interface Failure {
  /** The operation with its shapes. */
  kernel: string;
  error: unknown;
  /** Where the operation that failed was called, if that was asked for. */
  calls: Error | null;
}

/** A new error every time, so that the stack shows who wanted the value. */
export function failed({ kernel, error, calls }: Failure): Error {
  const message = error instanceof Error ? error.message : String(error);
  const origin = calls ? `\nThe operation that failed was called here:\n${findCallSite(calls)}` : '';
  return new Error(`The ort backend could not compute the result of ${kernel}: ${message}${origin}`, { cause: error });
}

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
  failure: Failure | null = null;
  /** `data` as a graph input, kept for the next run. */
  feed: NativeTensor | null = null;
  /** Position in the graph being built; only meaningful while `mark` is that graph's number. */
  ordinal = 0;
  mark = 0;

  constructor(
    readonly dtype: DataType,
    readonly size: number,
    /** Whose tensor it is: there may be several backends in one process. */
    readonly owner: object,
  ) {}
}

export interface ComplexParts {
  real: Value;
  imag: Value;
}

export type NumericValue = Value & { dtype: NumericType };
