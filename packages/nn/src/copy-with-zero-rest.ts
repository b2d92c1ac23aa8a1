import * as tf from '@tensorflow/tfjs-core';
import type { Module } from './module.js';

/**
 * Copies the weights of a module into one whose tensors are as large or larger; what is beyond the copy is zero. A layer of a longer
 * input ignores the rest of it then.
 *
 * @throws if a tensor is missing in the source, or has more axes or longer ones there
 */
export function copyWithZeroRest(target: Module, source: Module): void {
  const theirs = source.namedLeaves();
  for (const [name, { variable }] of target.namedLeaves()) {
    const value = theirs.get(name)?.variable;
    if (value === undefined) throw new Error(`The module to copy from has no ${name}.`);
    const rest = variable.shape.map((size, axis): [number, number] => [0, size - value.shape[axis]!]);
    // Padding, also by nothing, makes memory of its own: a tensor that shares it would change the first compiled step.
    tf.tidy(() => variable.assign(tf.pad(value, rest)));
  }
}
