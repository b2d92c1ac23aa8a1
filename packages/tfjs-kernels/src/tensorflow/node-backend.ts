import type { Tensor } from '@tensorflow/tfjs-core';

/** What is used here of tfjs-node's backend object. */
export interface NodeBackend {
  binding: { TF_ATTR_TYPE: number; TF_FLOAT: number };
  executeSingleOutput(name: string, attrs: { name: string; type: number; value: unknown }[], inputs: Tensor[]): Tensor;
}

/**
 * Runs an operation of TensorFlow that tfjs has no kernel for.
 *
 * @param name TensorFlow's name of an operation over float32 with one type attribute `T` and one result
 */
export function executeOperation(backend: NodeBackend, name: string, inputs: Tensor[]): Tensor {
  const { TF_ATTR_TYPE, TF_FLOAT } = backend.binding;
  return backend.executeSingleOutput(name, [{ name: 'T', type: TF_ATTR_TYPE, value: TF_FLOAT }], inputs);
}
