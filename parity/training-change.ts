import type { StateDict } from '@onestep/checkpoint';
import { relativeError } from './fixture-tensors.js';

/** ||a - b|| over the norm of the change that training made, without the key entries of qkv biases. */
export function changeError(name: string, actual: StateDict, expected: StateDict, start: StateDict): number {
  // The gradient of a key's bias is exactly zero in theory, and Adam turns its rounding noise into full steps.
  const counts = (i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
  const values = (dict: StateDict) => {
    if (dict[name] === undefined) throw new Error(`There is no weight ${name} to compare.`);
    return (dict[name].data as Float32Array).filter((_, i) => counts(i));
  };
  const origin = values(start);
  const change = (dict: StateDict) => values(dict).map((value, i) => value - origin[i]!);
  return relativeError(change(actual), change(expected));
}
