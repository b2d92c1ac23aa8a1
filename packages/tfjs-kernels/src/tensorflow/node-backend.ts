import { util, type DataType, type Tensor, type TensorInfo } from '@tensorflow/tfjs-core';

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** What is used here of tfjs-node's backend object. */
export interface NodeBackend {
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_FLOAT' | 'TF_INT32' | 'TF_BOOL' | 'TF_COMPLEX64', number>;
  write(values: Float32Array | Int32Array, shape: number[], dtype: DataType): object;
  executeSingleOutput(name: string, attributes: Attribute[], inputs: TensorInfo[]): Tensor;
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
  inputs: TensorInfo[],
  types: Record<string, DataType> = { T: 'float32' },
  flags: Record<string, boolean> = {},
): Tensor {
  const { TF_ATTR_TYPE, TF_ATTR_BOOL } = backend.binding;
  const attributes = Object.entries(types).map(([key, dtype]) => ({
    name: key,
    type: TF_ATTR_TYPE,
    value: typeNumber(backend, dtype),
  }));
  const rest = Object.entries(flags).map(([key, value]) => ({ name: key, type: TF_ATTR_BOOL, value }));
  return backend.executeSingleOutput(name, [...attributes, ...rest], inputs);
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

const constants = new WeakMap<NodeBackend, Map<string, TensorInfo>>();

/**
 * A small constant that is uploaded once and stays. tfjs does not count it as a tensor, and nothing may dispose of it.
 *
 * @param values int32 in a vector (a shape, say), or one float32 that fills `shape`
 */
export function constant(backend: NodeBackend, values: readonly number[] | number, shape?: number[]): TensorInfo {
  let known = constants.get(backend);
  if (known === undefined) constants.set(backend, (known = new Map()));
  const key = `${String(values)};${String(shape)}`;
  let info = known.get(key);
  if (info === undefined) {
    const isVector = typeof values !== 'number';
    const dims = isVector ? [values.length] : shape!;
    const data = isVector ? Int32Array.from(values) : new Float32Array(util.sizeFromShape(dims)).fill(values);
    const dtype = isVector ? 'int32' : 'float32';
    info = { dataId: backend.write(data, dims, dtype), shape: dims, dtype };
    known.set(key, info);
  }
  return info;
}
