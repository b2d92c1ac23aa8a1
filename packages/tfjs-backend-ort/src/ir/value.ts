import type { BackendValues, DataType } from '@tensorflow/tfjs-core';
import type { NativeTensor, TensorData } from '../runtime/binding.js';
import type { DeviceBuffer } from '../runtime/device.js';
import type { NumericType } from '../tensor-spec.js';
import { findCallSite } from './call-site.js';
import type { RecordedNode } from './node.js';

/** Where the elements of a value are, in row-major order. */
export type Contents =
  | typeof NO_CONTENTS
  | HostContents
  /** On the device of the execution provider. */
  | { kind: 'device'; buffer: DeviceBuffer }
  /** A large upload whose elements are all 0 or all 1: part of graphs instead of an input. */
  | { kind: 'fill'; fill: 0 | 1 }
  /** Complex numbers as two values. They never enter a graph themselves. */
  | ComplexParts
  /** They never enter a graph. */
  | { kind: 'strings'; values: BackendValues };

/** Not computed yet, not computable, or freed. */
export const NO_CONTENTS = { kind: 'none' } as const;

export interface HostContents {
  kind: 'host';
  data: TensorData;
  /** Whether `data` came from the buffer pool and returns there. */
  isPooled: boolean;
  /** `data` as a graph input, kept for the next run. */
  feed: NativeTensor | null;
}

export interface ComplexParts {
  kind: 'complex';
  real: Value;
  imag: Value;
}

/**
 * The storage behind one or more tfjs tensors. It is also their dataId, so that no map is searched per operation. Shapes
 * belong to the tensors; the value only knows its size.
 */
export class Value {
  contents: Contents = NO_CONTENTS;
  /** The recorded operation that will compute it. */
  producer: RecordedNode | null = null;
  /** Why it could not be computed. Whatever reads it fails with the same error. */
  failure: Failure | null = null;
  /** Number of tensors that hold it. */
  refCount = 1;
  isDisposed = false;
  /** Position in the graph that is being built; valid only while `mark` is the number of that graph. */
  ordinal = 0;
  mark = 0;
  /** The part of a batch that it belongs to, where parts are computed at the same time; null if to none, or to several. */
  part: number | null = null;
  private isInSeveralParts = false;

  constructor(
    readonly dtype: DataType,
    readonly size: number,
    /** The storage it belongs to: a process may have several backends. */
    readonly owner: object,
  ) {}

  /** Says that it belongs to a part. */
  addToPart(part: number): void {
    this.isInSeveralParts ||= this.part !== null && this.part !== part;
    this.part = this.isInSeveralParts ? null : part;
  }
}

/** A value that graphs can compute with. */
export type NumericValue = Value & { dtype: NumericType };

/** The number that all elements are equal to, if the value is a fill; else null. */
export function fillOf({ contents }: Value): 0 | 1 | null {
  return contents.kind === 'fill' ? contents.fill : null;
}

/** The elements, if they are on the host; else null. */
export function dataOf({ contents }: Value): TensorData | null {
  return contents.kind === 'host' ? contents.data : null;
}

/** Why an operation could not be computed. */
export interface Failure {
  /** The operation with its shapes. */
  kernel: string;
  error: unknown;
  /** The call stack of the failed operation, if stacks are recorded. */
  stack: Error | null;
}

/** Creates the error for a read of a failed value. It is a new one each time, so that its stack shows the reader. */
export function failureError({ kernel, error, stack }: Failure): Error {
  const message = error instanceof Error ? error.message : String(error);
  const origin = stack ? `\nThe operation that failed was called here:\n${findCallSite(stack)}` : '';
  return new Error(`The ort backend could not compute the result of ${kernel}: ${message}${origin}`, { cause: error });
}
