import type { StateDict } from '../host-tensor.js';
import { NumpyArray } from '../pickle/numpy-values.js';
import { PythonObject, type PythonValue } from '../pickle/python-values.js';
import { isModule, moduleStateDict } from './module-state.js';
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
      // A module that contains something else in the place of a tensor is not a network that could be read.
      const tensors = tryModule(value);
      if (tensors !== null) found.push({ path: path.join('.'), tensors, className: value.className });
      return;
    }
    const dict = value instanceof PythonObject ? value.state : value;
    if (!(dict instanceof Map)) return;
    const tensors = ownTensors(dict);
    if (tensors !== null) found.push({ path: path.join('.'), tensors });
    for (const [key, item] of dict) {
      if (typeof key === 'string' && key.length <= MAX_NAME && !NOT_WEIGHTS.test(key)) visit(item, [...path, key]);
    }
  };
  visit(file, []);
  return found.sort((a, b) => rank(a) - rank(b) || Object.keys(b.tensors).length - Object.keys(a.tensors).length);
}

/** Finds the weights in a PyTorch file: the first of {@link listStateDicts}; undefined if there are none. */
export function findStateDict(file: PythonValue): FoundStateDict | undefined {
  return listStateDicts(file)[0];
}

function ownTensors(dict: Map<PythonValue, PythonValue>): StateDict | null {
  const entries = [...dict].filter(
    (entry): entry is [string, TorchTensor | NumpyArray] =>
      typeof entry[0] === 'string' && (entry[1] instanceof TorchTensor || entry[1] instanceof NumpyArray),
  );
  return entries.length === 0 ? null : Object.fromEntries(entries);
}

function tryModule(module: PythonObject): StateDict | null {
  try {
    const tensors = moduleStateDict(module, 'module');
    return Object.keys(tensors).length === 0 ? null : tensors;
  } catch {
    return null;
  }
}

function rank({ path }: FoundStateDict): number {
  if (AVERAGED.test(path)) return 0;
  const index = USUAL.indexOf(path.split('.').at(-1)!);
  return path === '' ? 1 : index === -1 ? USUAL.length + 2 : index + 2;
}
