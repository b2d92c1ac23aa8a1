import { ByteRange, memorySource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { rebuildTensor, rebuildTypedTensor } from '../torch/torch-tensor.js';
import { NumpyArray, NumpyDtype, numpyScalar } from './numpy-values.js';
import {
  entriesOf,
  isTuple,
  OrderedDict,
  PythonGlobal,
  PythonObject,
  tuple,
  type PythonValue,
} from './python-values.js';
import { UndecodedTensor } from './undecoded.js';
import type { InstructionBudget } from './unpickler.js';

type Args = readonly PythonValue[];

/** Functions that run programs or code. A file of weights has no use for them, so that one that names them is refused. */
const HARMFUL =
  /^((os|posix|nt|subprocess|pty|runpy|code|importlib|ctypes|webbrowser|socket|shutil)\.|(builtins|__builtin__)\.(eval|exec|execfile|compile|open|input|breakpoint|__import__)$)/;
const MAX_NAME = 200;

/**
 * The classes and functions that calls make something of here, by their names. This list is everything a pickle can do:
 * nothing is looked up by name anywhere else, and the result of any other call is an inert {@link PythonObject}, which holds
 * the name and the arguments.
 *
 * @param source the file's name, for messages
 * @param budget is charged for every entry of a list that is turned into something else
 * @param loadFromBytes reads a storage that is saved as a file of its own inside the pickle
 * @returns a function that finds a class or function by its name, and throws CheckpointError for one that runs
 *   programs or code
 */
export function knownGlobals(
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
    'collections.defaultdict': () => new Map(),
    'dnnlib.util.EasyDict': () => new Map(),
    'copyreg._reconstructor': ([type, , items]) => reconstruct(type, items, budget, refuse),
    'builtins.set': ([items]) => new Set(list(items)),
    'builtins.frozenset': ([items]) => new Set(list(items)),
    // Protocols below 3 write no bytes so.
    'builtins.bytes': (args) =>
      args.length === 0
        ? new ByteRange(memorySource(new Uint8Array(0), source))
        : new PythonObject('builtins.bytes', args),
    'codecs.encode': ([text]) => encodeLatin1(text, encoded, source, refuse),
    'numpy.dtype': (args) => NumpyDtype.of(args[0]) ?? new PythonObject('numpy.dtype', args),
    'numpy.scalar': (args) => numpyScalar(args[0], args[1]) ?? new PythonObject('numpy.scalar', args),
    'numpy.reconstruct': () => new NumpyArray(source),
    'numpy.frombuffer': ([bytes, dtype, shape, order]) =>
      makeNumpyArray([1, shape, dtype, order !== 'C', bytes], source),
    'torch._utils._rebuild_tensor': (args) => rebuildTensor(args, source),
    'torch._utils._rebuild_tensor_v2': (args) => rebuildTensor(args, source),
    'torch._utils._rebuild_tensor_v3': (args) => rebuildTypedTensor(args, source),
    'torch._utils._rebuild_device_tensor_from_numpy': ([array]) => array ?? refuse('a tensor without a value'),
    'torch._utils._rebuild_device_tensor_from_cpu_tensor': ([tensor]) => tensor ?? refuse('a tensor without a value'),
    'torch._tensor._rebuild_from_type': (args) => rebuildOfType(args, refuse),
    'torch._tensor._rebuild_from_type_v2': (args) => rebuildOfType(args, refuse),
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
  for (const [alias, name] of ALIASES) globals.set(alias, globals.get(name)!);

  return (name) => {
    const known = globals.get(name) ?? globals.get(VENDORED.exec(name)?.[1] ?? '');
    if (known !== undefined) return known;
    if (HARMFUL.test(name)) {
      const shown = name.length < MAX_NAME ? name : `${name.slice(0, MAX_NAME)}...`;
      throw new CheckpointError(
        source,
        `it names ${JSON.stringify(shown)}, which runs programs or code: it is not a file of weights; nothing in it was run`,
      );
    }
    const call = REBUILT.test(name) ? () => new UndecodedTensor(`a tensor of ${name}`) : undefined;
    const inert = new PythonGlobal(name, call);
    globals.set(name, inert);
    return inert;
  };
}

/** Tensors of further kinds: sparse, quantized, nested, without a storage. */
const REBUILT = /^torch\._utils\._rebuild_\w*(tensor|subclass)\w*$/;
/** Modules of the published code that projects carry in folders of their own. */
const VENDORED = /\.(torch_utils\.persistence\._reconstruct_persistent_obj|dnnlib(?:\.util)?\.EasyDict)$/;

/** The names that they have in other versions of Python and NumPy. */
const ALIASES: [string, string][] = [
  ['dnnlib.EasyDict', 'dnnlib.util.EasyDict'],
  ['copy_reg._reconstructor', 'copyreg._reconstructor'],
  ['__builtin__.bytes', 'builtins.bytes'],
  ['__builtin__.set', 'builtins.set'],
  ['__builtin__.frozenset', 'builtins.frozenset'],
  ['_codecs.encode', 'codecs.encode'],
  ...['numpy.core.multiarray', 'numpy._core.multiarray'].flatMap((module): [string, string][] => [
    [`${module}.scalar`, 'numpy.scalar'],
    [`${module}._reconstruct`, 'numpy.reconstruct'],
  ]),
  ['numpy.core.numeric._frombuffer', 'numpy.frombuffer'],
  ['numpy._core.numeric._frombuffer', 'numpy.frombuffer'],
];

/** Makes an array with its contents, as protocol 5 writes it. */
function makeNumpyArray(state: (PythonValue | undefined)[], source: string): NumpyArray {
  const array = new NumpyArray(source);
  array.setState(tuple(state.map((part) => part ?? null)));
  return array;
}

/** Makes a tensor of a class that extends Tensor: (function, class, arguments of the function, attributes). */
function rebuildOfType([rebuild, , args]: Args, refuse: (what: string) => never): PythonValue {
  if (!(rebuild instanceof PythonGlobal) || !isTuple(args)) return refuse('a tensor without a function that makes it');
  return rebuild.call(args);
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
  if (!(type instanceof PythonGlobal)) return refuse('an object without a class');
  const object = type.call(tuple([]));
  if (object instanceof PythonObject) {
    if (items instanceof Map) object.entries = new Map(items);
    else if (Array.isArray(items)) object.items = [...(items as PythonValue[])];
    budget.spend((object.entries?.size ?? 0) + (object.items?.length ?? 0));
  }
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
  const entries = entriesOf(meta);
  const className = entries?.get('class_name');
  if (entries === undefined || entries.get('type') !== 'class' || typeof className !== 'string') {
    return refuse('a persistent object without a class name');
  }
  const object = new PythonObject(className);
  object.state = entries.get('state') ?? null;
  return object;
}
