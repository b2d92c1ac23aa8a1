import { ByteRange, memorySource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { DTYPES_BY_STORAGE_CLASS } from '../torch/torch-storage.js';
import { rebuildTensor } from '../torch/torch-tensor.js';
import { NumpyArray, NumpyDtype, numpyScalar } from './numpy-values.js';
import { OrderedDict, PythonGlobal, PythonObject, tuple, type PythonValue } from './python-values.js';
import type { InstructionBudget } from './unpickler.js';

type Args = readonly PythonValue[];

/** Classes of which only the name and the attributes are kept. */
const INERT_CLASS = /^torch\.nn\.modules(\.\w+){2}$/;
const MAX_NAME = 200;

/**
 * The classes and functions that a file may name, and what calling them makes here. This list is everything a
 * pickle can do: nothing is looked up by name anywhere else.
 *
 * @param source the file's name, for messages
 * @param budget is charged for every entry of a list that is turned into something else
 * @param loadFromBytes reads a storage that is saved as a file of its own inside the pickle
 * @returns a function that finds a class or function by its name, and throws CheckpointError for any other
 *   name
 */
export function allowedGlobals(
  source: string,
  budget: InstructionBudget,
  loadFromBytes: (bytes: ByteRange) => PythonValue,
): (name: string) => PythonGlobal {
  const refuse = (what: string): never => {
    throw new CheckpointError(source, `not a valid pickle: ${what}`);
  };
  const list = (items: PythonValue | undefined): readonly PythonValue[] => {
    if (items === undefined) return [];
    if (!Array.isArray(items)) return refuse('a list is expected');
    budget.spend(items.length);
    return items as readonly PythonValue[];
  };
  const encoded = new Map<string, ByteRange>();
  const functions: Record<string, (args: Args) => PythonValue> = {
    'collections.OrderedDict': ([items]) => makeOrderedDict(list(items), refuse),
    'dnnlib.util.EasyDict': () => new Map(),
    'copyreg._reconstructor': ([type, , items]) => reconstruct(type, items, budget, refuse),
    'builtins.set': ([items]) => new Set(list(items)),
    'builtins.frozenset': ([items]) => new Set(list(items)),
    'codecs.encode': ([text]) => encodeLatin1(text, encoded, source, refuse),
    'numpy.dtype': ([code]) => NumpyDtype.of(code) ?? refuse('NumPy elements other than numbers and booleans'),
    'numpy.scalar': ([dtype, bytes]) => numpyScalar(dtype, bytes) ?? refuse('a NumPy number without a value'),
    'numpy.reconstruct': () => new NumpyArray(),
    'numpy.frombuffer': ([bytes, dtype, shape, order]) =>
      makeNumpyArray([1, shape, dtype, order !== 'C', bytes], refuse),
    'torch._utils._rebuild_tensor': (args) => rebuildTensor(args, source),
    'torch._utils._rebuild_tensor_v2': (args) => rebuildTensor(args, source),
    'torch._utils._rebuild_parameter': ([tensor]) => tensor ?? refuse('a parameter without a value'),
    'torch._utils._rebuild_parameter_with_state': ([tensor]) => tensor ?? refuse('a parameter without a value'),
    'torch.storage._load_from_bytes': ([bytes]) =>
      bytes instanceof ByteRange ? loadFromBytes(bytes) : refuse('a storage that is not made of bytes'),
    'torch.Size': ([size]) => tuple([...list(size)]),
    'torch.device': ([type, index]) => new PythonObject('torch.device', [type ?? null, index ?? null]),
    'torch_utils.persistence._reconstruct_persistent_obj': ([meta]) => makePersistentObject(meta, refuse),
  };
  const globals = new Map<string, PythonGlobal>();
  for (const [name, call] of Object.entries(functions)) globals.set(name, new PythonGlobal(name, call));
  for (const name of DTYPES_BY_STORAGE_CLASS.keys()) globals.set(name, new PythonGlobal(name));
  for (const name of UNCALLED) globals.set(name, new PythonGlobal(name));
  for (const [alias, name] of ALIASES) globals.set(alias, globals.get(name)!);

  return (name) => {
    const known = globals.get(name);
    if (known !== undefined) return known;
    if (name.length < MAX_NAME && INERT_CLASS.test(name)) {
      return new PythonGlobal(name, (args) => new PythonObject(name, args));
    }
    const shown = name.length < MAX_NAME ? name : `${name.slice(0, MAX_NAME)}...`;
    throw new CheckpointError(
      source,
      `it names ${JSON.stringify(shown)}, which is not one of the classes and functions that weights are made of; nothing in it was run`,
    );
  };
}

/** Classes that are passed as arguments and never called. */
const UNCALLED = ['numpy.ndarray', 'builtins.object', 'builtins.dict'];

/** The names that they have in other versions of Python and NumPy. */
const ALIASES: [string, string][] = [
  ['dnnlib.EasyDict', 'dnnlib.util.EasyDict'],
  ['copy_reg._reconstructor', 'copyreg._reconstructor'],
  ...['set', 'frozenset', 'object', 'dict'].map((name): [string, string] => [
    `__builtin__.${name}`,
    `builtins.${name}`,
  ]),
  ['_codecs.encode', 'codecs.encode'],
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module): [string, string][] => [
    [`${module}.scalar`, 'numpy.scalar'],
    [`${module}._reconstruct`, 'numpy.reconstruct'],
  ]),
  ['numpy.core.numeric._frombuffer', 'numpy.frombuffer'],
  ['numpy._core.numeric._frombuffer', 'numpy.frombuffer'],
];

/** Makes an array with its contents, as protocol 5 writes it. */
function makeNumpyArray(state: (PythonValue | undefined)[], refuse: (what: string) => never): NumpyArray {
  const array = new NumpyArray();
  const problem = array.setState(tuple(state as PythonValue[]));
  return problem === undefined ? array : refuse(problem);
}

/**
 * Makes an object as protocols 0 and 1 write it: its class, the built-in class it extends, and that one's
 * contents.
 */
function reconstruct(
  type: PythonValue | undefined,
  items: PythonValue | undefined,
  budget: InstructionBudget,
  refuse: (what: string) => never,
): PythonValue {
  if (!(type instanceof PythonGlobal) || type.call === undefined) return refuse('an object without a class');
  const object = type.call(tuple([]));
  if (object instanceof Map && items instanceof Map) {
    budget.spend(items.size);
    for (const [key, item] of items) object.set(key, item);
  }
  return object;
}

function makeOrderedDict(items: readonly PythonValue[], refuse: (what: string) => never): OrderedDict {
  const dict = new OrderedDict();
  for (const item of items) {
    if (!Array.isArray(item) || item.length !== 2) return refuse('a dict entry without a value');
    dict.set(item[0] as PythonValue, item[1] as PythonValue);
  }
  return dict;
}

/**
 * Makes bytes as Python 2 writes them: Latin-1 text. Each text is encoded once, however often a file repeats
 * it.
 */
function encodeLatin1(
  text: PythonValue | undefined,
  known: Map<string, ByteRange>,
  source: string,
  refuse: (what: string) => never,
): ByteRange {
  if (typeof text !== 'string') return refuse('bytes that are not given as text');
  let range = known.get(text);
  if (range === undefined) {
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    known.set(text, (range = new ByteRange(memorySource(bytes, source))));
  }
  return range;
}

/**
 * Makes an object of the published code's "persistent" classes. The source text that comes with it is not
 * kept.
 */
function makePersistentObject(meta: PythonValue | undefined, refuse: (what: string) => never): PythonObject {
  const className = meta instanceof Map ? meta.get('class_name') : undefined;
  if (!(meta instanceof Map) || meta.get('type') !== 'class' || typeof className !== 'string') {
    return refuse('a persistent object without a class name');
  }
  const object = new PythonObject(className);
  object.state = meta.get('state') ?? null;
  return object;
}
