import type { StateDict } from '@onestep/checkpoint';
import { relativeError } from './fixture-tensors.js';

/** ||a - b|| relative to the norm of the change by training, excluding the key entries of qkv biases. */
export function changeError(name: string, actual: StateDict, expected: StateDict, start: StateDict): number {
  // The gradient of a key bias is zero in exact arithmetic, and Adam turns its rounding noise into full steps.
  const isCompared = (i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
  const values = (dict: StateDict) => {
    if (dict[name] === undefined) throw new Error(`The weight ${name} is missing.`);
    return (dict[name].data as Float32Array).filter((_, i) => isCompared(i));
  };
  const origin = values(start);
  const change = (dict: StateDict) => values(dict).map((value, i) => value - origin[i]!);
  return relativeError(change(actual), change(expected));
}
