import type { ByteRange } from '../bytes/byte-range.js';
import type { TorchStorage } from '../torch/torch-storage.js';
import type { TorchTensor } from '../torch/torch-tensor.js';
import type { NumpyArray, NumpyDtype } from './numpy-values.js';

/**
 * A value of a pickle, as inert data: a `dict` is a Map, a `list` an array, a `tuple` a frozen array, an
 * `int` a number (a bigint beyond 2^53), `bytes` are a {@link ByteRange}. An instance of a class is a {@link
 * PythonObject}; none of its code is run.
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

/** A Python `dict`, in its order. */
export type PythonDict = Map<PythonValue, PythonValue>;

/**
 * A `float` without a fraction (2.0, inf, nan), which a number could not distinguish from an `int`.
 *
 * @internal
 */
export class PythonFloat {
  constructor(readonly value: number) {}
}

/** A Python `float` as a {@link PythonValue}. */
export function pythonFloat(value: number): number | PythonFloat {
  return Number.isFinite(value) && !Number.isInteger(value) ? value : new PythonFloat(value);
}

/**
 * `collections.OrderedDict`: a dict that can have attributes, such as the `_metadata` of state dicts.
 *
 * @internal
 */
export class OrderedDict extends Map<PythonValue, PythonValue> {
  attributes: PythonDict = new Map();
}

/** An instance of a class, or the result of a function: the name and what was saved with it. None of its code is run. */
export class PythonObject {
  /** The argument of `__setstate__`: nearly always a dict of attributes. */
  state: PythonValue = null;
  /** The items of a list or set that the class extends; null if it has none. */
  items: PythonValue[] | null = null;
  /** The entries of a dict that the class extends; null if it has none. */
  entries: PythonDict | null = null;

  constructor(
    /**
     * The name in the file: `torch.nn.modules.container.ModuleDict`, or `EDMPrecond` for a persistent class.
     */
    readonly className: string,
    /** Arguments of its constructor, if the file has them. */
    readonly args: readonly PythonValue[] = [],
  ) {}

  /** An attribute, or undefined. */
  get(name: string): PythonValue | undefined {
    return this.state instanceof Map ? this.state.get(name) : undefined;
  }
}

/** A class or function that a file names. */
export class PythonGlobal {
  constructor(
    /** Full name, such as `collections.OrderedDict`. */
    readonly name: string,
    /** Makes the result of a call. Left out, an inert {@link PythonObject} of this name. */
    readonly call: (args: readonly PythonValue[]) => PythonValue = (args) => new PythonObject(name, args),
  ) {}
}

/** The entries of a dict, or of an object whose class extends dict; undefined for anything else. */
export function entriesOf(value: PythonValue | undefined): PythonDict | undefined {
  if (value instanceof PythonObject) return value.entries ?? undefined;
  return value instanceof Map ? value : undefined;
}

/** Makes a tuple: freezes an array. */
export function tuple(items: PythonValue[]): readonly PythonValue[] {
  return Object.freeze(items);
}

export function isTuple(value: PythonValue | undefined): value is readonly PythonValue[] {
  return Array.isArray(value) && Object.isFrozen(value);
}
