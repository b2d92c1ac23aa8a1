import { Tensor } from '@tensorflow/tfjs-core';

/**
 * Names the tensors of a step's inputs by their path: `images`, `batches.0.noise`.
 *
 * @throws TypeError if an input is anything but tensors, because it would keep its first value in the recorded step
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
        `The input ${name} of a replayable step is a ${typeof value}. Inputs must be tensors, or objects and arrays of ` +
          'tensors. Pass what changes from call to call as a tensor (tf.scalar); the step can create the rest itself.',
      );
    }
  }
  return found;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null && (Array.isArray(value) || isPlain(value));
}

const isPlain = (value: object) => [Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null);
