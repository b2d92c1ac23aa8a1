import type * as tf from '@tensorflow/tfjs-core';

/** TensorFlow's numbers of types, `DT_FLOAT` and `DT_HALF`. */
const FLOAT = 1;
const HALF = 19;

/** An attribute of a TensorFlow operation. */
interface OpAttr {
  name: string;
  type: number;
  value: unknown;
}

/** The part of tfjs-node's binding to TensorFlow that is used here. Tensors are known by their numbers. */
interface Binding {
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_STRING: number;
  executeOp(name: string, attrs: OpAttr[], inputs: number[], outputs: number): { id: number }[];
  deleteTensor(id: number): void;
}

/** tfjs-node's backend, whose tensors cannot be half-precision. */
export interface TensorflowBackend {
  readonly binding: Binding;
  readonly isUsingGpuDevice: boolean;
  getInputTensorIds(tensors: tf.TensorInfo[]): number[];
  createOutputTensor(output: { id: number }): tf.TensorInfo;
}

/** Values of attributes by name. A list is one of integers. */
type Attrs = Readonly<Record<string, boolean | string | readonly number[]>>;

/**
 * Runs a TensorFlow operation on operands that are rounded to half precision.
 *
 * @param operands float32 tensors; others, such as shapes, are passed as they are
 * @returns the result, converted to float32
 */
export function runHalf(
  backend: TensorflowBackend,
  name: string,
  operands: readonly tf.TensorInfo[],
  attrs: Attrs,
): tf.TensorInfo {
  const { binding } = backend;
  const temporary: number[] = [];
  const convert = (id: number, from: number, to: number) =>
    execute(binding, 'Cast', [id], { Truncate: false }, { SrcT: from, DstT: to });
  const hold = ({ id }: { id: number }) => {
    temporary.push(id);
    return id;
  };
  try {
    const inputs = operands.map((operand) => {
      const [id] = backend.getInputTensorIds([operand]) as [number];
      return operand.dtype === 'float32' ? hold(convert(id, FLOAT, HALF)) : id;
    });
    const result = hold(execute(binding, name, inputs, attrs, { T: HALF }));
    return backend.createOutputTensor(convert(result, HALF, FLOAT));
  } finally {
    for (const id of temporary) binding.deleteTensor(id);
  }
}

function execute(
  binding: Binding,
  name: string,
  inputs: number[],
  attrs: Attrs,
  types: Readonly<Record<string, number>>,
): { id: number } {
  const typeOf = (value: Attrs[string]) =>
    typeof value === 'boolean' ? binding.TF_ATTR_BOOL : typeof value === 'string' ? binding.TF_ATTR_STRING : binding.TF_ATTR_INT; // prettier-ignore
  const list = [
    ...Object.entries(types).map(([name, value]) => ({ name, type: binding.TF_ATTR_TYPE, value })),
    ...Object.entries(attrs).map(([name, value]) => ({ name, type: typeOf(value), value })),
  ];
  return binding.executeOp(name, list, inputs, 1)[0]!;
}
