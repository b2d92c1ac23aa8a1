import { CheckpointError } from '../checkpoint-error.js';
import type { StateDict } from '../host-tensor.js';
import { PythonObject, type PythonValue } from '../pickle/python-values.js';
import { describeUndecoded } from '../pickle/undecoded.js';
import { TorchTensor } from './torch-tensor.js';

/** Modules and tensors, more than any network has. It ends the walk through a module that contains itself. */
const MAX_PARTS = 300_000;
const MAX_DEPTH = 100;
const MAX_NAME = 200;

/** Tells whether a value of a file is a `torch.nn.Module`. */
export function isModule(value: PythonValue | undefined): value is PythonObject {
  return (
    value instanceof PythonObject && value.get('_modules') instanceof Map && value.get('_parameters') instanceof Map
  );
}

/**
 * The state dict of a module in a file: parameters, then persistent buffers, then those of its children, with
 * PyTorch's names and in PyTorch's order. The elements stay in the file.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError if the object is not a module, or has something else in the place of a tensor
 */
export function moduleStateDict(module: PythonObject, source: string): StateDict {
  const { tensors, undecoded } = moduleTensors(module, source);
  for (const [path, what] of Object.entries(undecoded)) throw new CheckpointError(source, `${path} is ${what}`);
  return tensors;
}

/** The tensors of a module, and what those are that cannot be decoded. */
export function moduleTensors(
  module: PythonObject,
  source: string,
): { tensors: StateDict; undecoded: Record<string, string> } {
  const undecoded = new Map<string, string>();
  const tensors = new Map<string, TorchTensor>();
  let visited = 0;
  const visit = (object: PythonValue, prefix: string, depth: number): void => {
    if (!isModule(object)) {
      throw new CheckpointError(source, `${prefix === '' ? 'the network' : prefix} is not a PyTorch module`);
    }
    if (++visited > MAX_PARTS || depth > MAX_DEPTH) {
      throw new CheckpointError(source, 'its modules contain each other, or there are too many');
    }
    const transient = object.get('_non_persistent_buffers_set');
    for (const group of ['_parameters', '_buffers']) {
      const members = object.get(group);
      if (!(members instanceof Map)) continue;
      visited += members.size;
      for (const [name, value] of members) {
        if (value === null || (group === '_buffers' && transient instanceof Set && transient.has(name))) continue;
        const path = joinPath(prefix, name, source);
        if (value instanceof TorchTensor) tensors.set(path, value);
        else undecoded.set(path, describeUndecoded(value) ?? 'not a tensor');
      }
    }
    for (const [name, child] of object.get('_modules') as Map<PythonValue, PythonValue>) {
      if (child !== null) visit(child, `${joinPath(prefix, name, source)}.`, depth + 1);
    }
  };
  visit(module, '', 0);
  return { tensors: Object.fromEntries(tensors), undecoded: Object.fromEntries(undecoded) };
}

function joinPath(prefix: string, name: PythonValue, source: string): string {
  if (typeof name !== 'string' || name.length > MAX_NAME) {
    throw new CheckpointError(source, 'a part of its network has no name, or too long a name');
  }
  return prefix + name;
}
