import {
  CheckpointError,
  isModule,
  moduleStateDict,
  NumpyArray,
  toPlainValue,
  PythonGlobal,
  PythonObject,
  TorchTensor,
  type PlainValue,
  type PythonDict,
  type PythonValue,
  type StateDict,
} from '@onestep/checkpoint';

/** The private attributes with the arguments that an object was constructed with. */
const INIT_ATTRIBUTES = ['_init_args', '_init_kwargs'];
/** Stands for bytes, types of NumPy and arrays of objects. */
const NOT_DESCRIBED = '(not described)';
const MAX_NAME = 200;
const MAX_TENSORS = 100_000;

/** The rest of a published file, next to its network. */
export interface PublishedRest {
  /** As JSON: objects as their class and attributes, tensors as `{"tensor": name}`, modules without their tensors. */
  description: Record<string, PlainValue>;
  /** Every tensor in the rest, under its path, such as `augment_pipe.Hz_geom`. */
  tensors: StateDict;
}

/** Describes everything in a published file except its network. */
export function describeRest(file: PythonDict, network: PythonObject, source: string): PublishedRest {
  const rest = new Map([...file].filter(([, value]) => value !== network && value !== null));
  const tensors = new Map<string, TorchTensor | NumpyArray>();
  const keep = (name: string, tensor: TorchTensor | NumpyArray) => {
    tensors.set(name, tensor);
    if (tensors.size > MAX_TENSORS)
      throw new CheckpointError(source, `it has more than ${MAX_TENSORS} tensors next to its network`);
    return new Map([['tensor', name]]);
  };
  const seen = new Set<PythonValue>();
  const standIn = (value: PythonValue, path: readonly string[]): PythonValue | undefined => {
    const name = path.map((part) => part.slice(0, MAX_NAME)).join('.');
    const isTensor = value instanceof TorchTensor || (value instanceof NumpyArray && value.problem === undefined);
    if (isTensor) return keep(name, value);
    if (isModule(value) && !seen.has(value)) {
      seen.add(value);
      const dict = moduleStateDict(value, source);
      for (const [inner, tensor] of Object.entries(dict)) keep(`${name}.${inner}`, tensor as TorchTensor);
    }
    if (value instanceof PythonObject) return listAttributes(value);
    if (typeof value === 'bigint') return String(value);
    return value instanceof PythonGlobal ? value.name : NOT_DESCRIBED;
  };
  /** What cannot be described, such as objects that contain each other, is left out with the reason: no network needs it. */
  const describe = (name: string, value: PythonValue): PlainValue => {
    try {
      return (toPlainValue(new Map([[name, value]]), source, standIn) as Record<string, PlainValue>)[name]!;
    } catch (error) {
      return { omitted: (error as Error).message };
    }
  };
  const description = Object.fromEntries(
    [...rest].map(([key, value]) => {
      const name = typeof key === 'string' ? key : '_';
      return [name, describe(name, value)];
    }),
  );
  return { description, tensors: Object.fromEntries(tensors) };
}

function listAttributes(object: PythonObject): PythonDict {
  const state = object.state instanceof Map ? [...object.state] : [];
  const kept = state.filter(
    ([name]) => typeof name === 'string' && (!name.startsWith('_') || INIT_ATTRIBUTES.includes(name)),
  );
  return new Map<PythonValue, PythonValue>([['class', object.className], ...kept]);
}
