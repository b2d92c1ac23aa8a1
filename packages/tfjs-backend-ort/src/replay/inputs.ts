import { Tensor } from '@tensorflow/tfjs-core';

/**
 * The tensors of a step's inputs by where they stand: `images`, `rounds.0.noise`.
 *
 * @throws if there is anything but tensors: it would stay in the recorded step what it was at first
 */
export function namedTensors(inputs: object, path = ''): Map<string, Tensor> {
  const found = new Map<string, Tensor>();
  for (const [key, value] of Object.entries(inputs) as [string, unknown][]) {
    const name = path + key;
    if (value instanceof Tensor) found.set(name, value);
    else if (isContainer(value))
      for (const [inner, tensor] of namedTensors(value, `${name}.`)) found.set(inner, tensor);
    else if (value !== undefined && value !== null) {
      throw new TypeError(
        `The input ${name} of a replayable step is a ${typeof value}. Its inputs are tensors, or objects and arrays of ` +
          'tensors: make a tensor of what changes from call to call (tf.scalar), and leave the rest to the step itself.',
      );
    }
  }
  return found;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || isPlain(value));
}

const isPlain = (value: object) => [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
