import type { StateDict } from '../host-tensor.js';
import { NumpyArray } from '../pickle/numpy-values.js';
import { entriesOf, PythonObject, type PythonDict, type PythonValue } from '../pickle/python-values.js';
import { describeUndecoded } from '../pickle/undecoded.js';
import { isModule, moduleTensors } from './module-state.js';
import { TorchTensor } from './torch-tensor.js';

/** Deeper than any file nests its weights. */
const MAX_DEPTH = 5;
const MAX_VISITED = 100_000;
const MAX_NAME = 500;
/** Entries of training files that hold tensors and are not weights. */
const NOT_WEIGHTS = /optim|scheduler|scaler|rng|random|callbacks|loops|augment|loss/i;
/** Words in the path of averaged weights. */
const AVERAGED = /(^|[._])ema([._]|$)|averag/i;
/** Entries that hold a network, the most usual ones first. */
const USUAL = ['state_dict', 'model_state_dict', 'net', 'model', 'network', 'module', 'G', 'params'];

/** A state dict in a PyTorch file. */
export interface FoundStateDict {
  /** The entry that holds it, such as `ema` or `checkpoint.state_dict`; empty if the file itself is the state dict. */
  path: string;
  tensors: StateDict;
  /** What the tensors are that cannot be decoded, by their names. */
  undecoded: Readonly<Record<string, string>>;
  /** Class of the module that holds the tensors, if it is one: `training.networks.EDMPrecond`. */
  className?: string;
}

/**
 * Lists the state dicts in a PyTorch file: dicts and modules with tensors by names, wherever they are nested. Averaged weights
 * come first, then the usual entries (`state_dict`, `net`, `model`, ...), then the larger ones. Optimizers and the like are left
 * out.
 *
 * @param file the value of `decodeTorchFile`
 */
export function listStateDicts(file: PythonValue): FoundStateDict[] {
  const found: FoundStateDict[] = [];
  const seen = new Set<PythonValue>();
  let visited = 0;
  const visit = (value: PythonValue, path: readonly string[]): void => {
    if (path.length > MAX_DEPTH || ++visited > MAX_VISITED || seen.has(value)) return;
    if (value instanceof PythonObject || value instanceof Map) seen.add(value);
    if (isModule(value)) {
      const own = tryModule(value);
      if (own !== null) found.push({ path: path.join('.'), ...own, className: value.className });
      return;
    }
    for (const dict of [entriesOf(value), value instanceof PythonObject ? entriesOf(value.state) : undefined]) {
      if (dict === undefined) continue;
      const own = ownTensors(dict);
      if (own !== null) found.push({ path: path.join('.'), ...own });
      for (const [key, item] of dict) {
        if (typeof key === 'string' && key.length <= MAX_NAME && !NOT_WEIGHTS.test(key)) visit(item, [...path, key]);
      }
    }
  };
  visit(file, []);
  return found.sort((a, b) => rank(a) - rank(b) || Object.keys(b.tensors).length - Object.keys(a.tensors).length);
}

/** Finds the weights in a PyTorch file: the first of {@link listStateDicts}; undefined if there are none. */
export function findStateDict(file: PythonValue): FoundStateDict | undefined {
  return listStateDicts(file)[0];
}

type Tensors = Pick<FoundStateDict, 'tensors' | 'undecoded'>;

function ownTensors(dict: PythonDict): Tensors | null {
  const tensors = new Map<string, TorchTensor | NumpyArray>();
  const undecoded = new Map<string, string>();
  for (const [name, value] of dict) {
    if (typeof name !== 'string') continue;
    const what = describeUndecoded(value);
    if (what !== undefined) undecoded.set(name, what);
    else if (value instanceof TorchTensor || value instanceof NumpyArray) tensors.set(name, value);
  }
  return tensors.size === 0 ? null : { tensors: Object.fromEntries(tensors), undecoded: Object.fromEntries(undecoded) };
}

function tryModule(module: PythonObject): Tensors | null {
  try {
    const own = moduleTensors(module, 'module');
    return Object.keys(own.tensors).length === 0 ? null : own;
  } catch {
    // Modules that contain each other are not a network.
    return null;
  }
}

function rank({ path }: FoundStateDict): number {
  if (AVERAGED.test(path)) return 0;
  const index = USUAL.indexOf(path.split('.').at(-1)!);
  return path === '' ? 1 : index === -1 ? USUAL.length + 2 : index + 2;
}
