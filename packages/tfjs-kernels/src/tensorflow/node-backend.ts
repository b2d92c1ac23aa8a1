import { util, type DataType, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** What is used here of tfjs-node's backend object. */
export interface NodeBackend {
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_FLOAT' | 'TF_INT32' | 'TF_BOOL' | 'TF_COMPLEX64', number> & {
    createTensor(shape: number[], dtype: number, values: Float32Array | Int32Array): number;
    executeOp(name: string, attributes: Attribute[], inputs: number[], outputs: number): object[];
  };
  getInputTensorIds(tensors: TensorInfo[]): number[];
  createOutputTensor(metadata: object): Tensor;
}

/** A small tensor of TensorFlow that stays, and that tfjs does not know. */
export class Constant {
  readonly id: number;

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * Runs an operation of TensorFlow with one result.
 *
 * @param name TensorFlow's name of the operation
 * @param types its type attributes
 * @param flags its boolean attributes
 */
export function executeOperation(
  backend: NodeBackend,
  name: string,
  inputs: (TensorInfo | Constant)[],
  types: Record<string, DataType> = { T: 'float32' },
  flags: Record<string, boolean> = {},
): Tensor {
  const { binding } = backend;
  const attributes = [
    ...Object.entries(types).map(([key, dtype]) => ({
      name: key,
      type: binding.TF_ATTR_TYPE,
      value: typeNumber(backend, dtype),
    })),
    ...Object.entries(flags).map(([key, value]) => ({ name: key, type: binding.TF_ATTR_BOOL, value })),
  ];
  const ids = inputs.map((input) => (input instanceof Constant ? input.id : backend.getInputTensorIds([input])[0]!));
  return backend.createOutputTensor(binding.executeOp(name, attributes, ids, 1)[0]!);
}

function typeNumber({ binding }: NodeBackend, dtype: DataType): number {
  const numbers: Partial<Record<DataType, number>> = {
    float32: binding.TF_FLOAT,
    int32: binding.TF_INT32,
    bool: binding.TF_BOOL,
    complex64: binding.TF_COMPLEX64,
  };
  const number = numbers[dtype];
  if (number === undefined) throw new Error(`TensorFlow's operations are not called here for ${dtype}.`);
  return number;
}

const constants = new WeakMap<NodeBackend, Map<string, Constant>>();

/** A vector of int32 numbers, such as a shape, which is uploaded once. */
export function constantVector(backend: NodeBackend, values: readonly number[]): Constant {
  return remember(backend, values.join(), ({ binding }) =>
    binding.createTensor([values.length], binding.TF_INT32, Int32Array.from(values)),
  );
}

/** A tensor filled with one float32 number, which is uploaded once. */
export function constantFill(backend: NodeBackend, shape: number[], value: number): Constant {
  return remember(backend, `${value} in ${shape.join()}`, ({ binding }) =>
    binding.createTensor(shape, binding.TF_FLOAT, new Float32Array(util.sizeFromShape(shape)).fill(value)),
  );
}

function remember(backend: NodeBackend, key: string, create: (backend: NodeBackend) => number): Constant {
  let known = constants.get(backend);
  if (known === undefined) constants.set(backend, (known = new Map()));
  let result = known.get(key);
  if (result === undefined) known.set(key, (result = new Constant(create(backend))));
  return result;
}
