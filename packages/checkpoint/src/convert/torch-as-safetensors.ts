import { CheckpointError } from '../checkpoint-error.js';
import { parseJson } from '../parse-json.js';
import type { HostTensor, StateDict } from '../host-tensor.js';
import type { Picklable } from '../pickle/pickler.js';
import { OrderedDict, type PythonObject, type PythonValue } from '../pickle/python-values.js';
import type { Safetensors } from '../safetensors.js';
import { isModule, moduleStateDict } from '../torch/module-state.js';
import { TorchTensor } from '../torch/torch-tensor.js';
import { treeFromJson, treeToJson } from './tree-as-json.js';

/** The metadata entry for the structure of a PyTorch file that is not just a state dict. */
const STRUCTURE_KEY = 'torch';
/** The attribute of a state dict, an OrderedDict, that carries the metadata of a safetensors file. */
const METADATA_ATTRIBUTE = 'metadata';
/** Tensors may share storages, but not turn a small file into a huge one. */
const MAX_REPETITION = 16;

/**
 * Converts a PyTorch file to a safetensors file without loss. Tensors are named by the paths that lead to
 * them. If the file is not just a state dict, its structure (lists, numbers, order, ...) is JSON in the
 * metadata. Modules become their state dicts, with their class and constructor arguments as the attribute
 * `module`. The elements of a tensor are read each time they are requested.
 *
 * @param file the value of {@link decodeTorchFile}
 * @param source the file's name, for messages
 * @throws CheckpointError if it contains itself
 */
export function torchToSafetensors(file: PythonValue, source = 'PyTorch file'): Safetensors {
  const tree = replaceModules(file, source);
  const tensors = new Map<string, HostTensor>();
  const structure = treeToJson(
    tree,
    (path, tensor) => {
      let name = path.join('.') || 'tensor';
      while (tensors.has(name) || name === '__metadata__') name += '_';
      tensors.set(name, tensor);
      return name;
    },
    source,
  );
  checkRepetition(tensors.values(), source);
  const metadata = findStateDictMetadata(tree, tensors) ?? { [STRUCTURE_KEY]: JSON.stringify(structure) };
  return { tensors: Object.fromEntries(tensors), metadata };
}

/**
 * Converts a safetensors file to a PyTorch file, the inverse of {@link torchToSafetensors}. A file that did
 * not come from PyTorch becomes a state dict, with its metadata as the attribute `metadata`.
 *
 * @param source the file's name, for messages
 * @returns a value for {@link encodeTorchFile}
 * @throws CheckpointError if the structure in the metadata is damaged
 */
export function safetensorsToTorch({ tensors, metadata }: Safetensors, source = 'safetensors file'): Picklable {
  const { [STRUCTURE_KEY]: structure, ...rest } = metadata;
  if (structure === undefined) return makeStateDict(tensors, rest);
  const used = new Set<string>();
  const findTensor = (name: string) => {
    used.add(name);
    return Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  };
  const tree = treeFromJson(parseStructure(structure, source), findTensor, source);
  const left = Object.keys(tensors).find((name) => !used.has(name));
  if (left !== undefined || Object.keys(rest).length > 0) {
    const what = left === undefined ? `metadata (${Object.keys(rest)[0]})` : `a tensor (${left})`;
    throw new CheckpointError(source, `it has ${what} that was not in the PyTorch file it was made from`);
  }
  return tree;
}

/** Replaces modules in dicts by their state dicts. */
function replaceModules(file: PythonValue, source: string): Picklable {
  if (isModule(file)) return moduleToStateDict(file, source);
  if (!(file instanceof Map) || ![...file.values()].some(isModule)) return file;
  return new Map([...file].map(([key, value]) => [key, isModule(value) ? replaceModules(value, source) : value]));
}

/** A module's tensors, with its class and, if the file has them, its constructor arguments as attributes. */
function moduleToStateDict(module: PythonObject, source: string): OrderedDict {
  const dict = makeStateDict(moduleStateDict(module, source), {});
  const args = module.get('_init_args') ?? null;
  const kwargs = module.get('_init_kwargs') ?? null;
  const entries: [PythonValue, PythonValue][] = [
    ['class', module.className],
    ['args', args],
    ['kwargs', kwargs],
  ];
  dict.attributes.set('module', new Map(entries));
  return dict;
}

function makeStateDict(tensors: StateDict, metadata: Record<string, string>): OrderedDict {
  const dict = new OrderedDict(Object.entries(tensors) as [string, TorchTensor][]);
  if (Object.keys(metadata).length > 0) dict.attributes.set(METADATA_ATTRIBUTE, new Map(Object.entries(metadata)));
  return dict;
}

/** The metadata of a state dict that {@link makeStateDict} would rebuild; undefined for anything else. */
function findStateDictMetadata(tree: Picklable, tensors: Map<string, HostTensor>): Record<string, string> | undefined {
  if (!(tree instanceof OrderedDict) || tree.size !== tensors.size) return undefined;
  const isFlat = [...tree].every(([key, value]) => tensors.get(key as string) === value);
  // Property names that look like integers do not keep their order.
  if (!isFlat || [...tensors.keys()].some((name) => /^\d+$/.test(name))) return undefined;
  if ([...tree.attributes.keys()].some((name) => typeof name !== 'string')) return undefined;
  const { [METADATA_ATTRIBUTE]: metadata = new Map(), ...others } = Object.fromEntries(tree.attributes) as Record<
    string,
    PythonValue
  >;
  if (!(metadata instanceof Map) || Object.keys(others).length > 0) return undefined;
  const strings = [...metadata] as [string, string][];
  const isText = strings.every(
    (entry) => entry.every((text) => typeof text === 'string') && entry[0] !== STRUCTURE_KEY,
  );
  return isText ? Object.fromEntries(strings) : undefined;
}

function checkRepetition(tensors: Iterable<HostTensor>, source: string): void {
  const storages = new Map<object, number>();
  let total = 0;
  for (const tensor of tensors) {
    if (!(tensor instanceof TorchTensor)) continue;
    total += tensor.size;
    storages.set(tensor.storage, tensor.storage.length);
  }
  const stored = [...storages.values()].reduce((a, b) => a + b, 0);
  if (total > MAX_REPETITION * stored + (1 << 20)) {
    throw new CheckpointError(source, `its tensors have ${total} elements and it stores only ${stored}`);
  }
}

function parseStructure(json: string, source: string): unknown {
  try {
    return parseJson(json);
  } catch {
    throw new CheckpointError(source, 'the description of its structure in the metadata is not JSON');
  }
}
