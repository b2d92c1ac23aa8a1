import type { ByteRange } from '../bytes/byte-range.js';
import type { TorchStorage } from '../torch/torch-storage.js';
import type { TorchTensor } from '../torch/torch-tensor.js';
import type { NumpyArray, NumpyDtype } from './numpy-values.js';

/**
 * What a pickle holds, as inert data: `dict` is a Map, `list` an array, `tuple` a frozen array, `int` a number (a bigint
 * beyond 2^53), `bytes` a {@link ByteRange}. An instance of a class is a {@link PythonObject}; no code of it is run.
 */
export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonFloat
  | ByteRange
  | readonly PythonValue[]
  | PythonDict
  | Set<PythonValue>
  | PythonGlobal
  | PythonObject
  | NumpyDtype
  | NumpyArray
  | TorchStorage
  | TorchTensor;

export type PythonDict = Map<PythonValue, PythonValue>;

/** A `float` without a fraction (2.0, inf, nan), which a number would not tell from an `int`. */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/** A float of Python as the value here. */
export function pythonFloat(value: number): number | PythonFloat {
  return Number.isFinite(value) && !Number.isInteger(value) ? value : new PythonFloat(value);
}

/** `collections.OrderedDict`: a dict that can have attributes, as state dicts have their `_metadata`. */
export class OrderedDict extends Map<PythonValue, PythonValue> {
  attributes: PythonDict = new Map();
}

/** An instance of a class: its name and the state that was saved with it. */
export class PythonObject {
  /** What `__setstate__` would have been given: nearly always the attributes, a dict. */
  state: PythonValue = null;

  constructor(
    /** As the file says it: `torch.nn.modules.container.ModuleDict`, or `EDMPrecond` for a persistent class. */
    readonly className: string,
    /** Arguments of its constructor, if the file states them. */
    readonly args: readonly PythonValue[] = [],
  ) {}

  /** An attribute, or undefined. */
  get(name: string): PythonValue | undefined {
    return this.state instanceof Map ? this.state.get(name) : undefined;
  }
}

/** A class or function that a file names and that is on the list of what files may name. */
export class PythonGlobal {
  constructor(
    /** Such as `collections.OrderedDict`. */
    readonly name: string,
    /** What calling it gives; absent if it is not called in files. */
    readonly call?: (args: readonly PythonValue[]) => PythonValue,
  ) {}
}

/** A tuple: an array that can no longer change. */
export function tuple(items: PythonValue[]): readonly PythonValue[] {
  return Object.freeze(items);
}

export function isTuple(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value) && Object.isFrozen(value);
}
