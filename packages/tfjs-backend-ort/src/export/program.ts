import type { NumericValue, Value } from '../ir/value.js';
import { Builder } from '../lower/builder.js';
import { standardDialect } from '../lower/dialect.js';
import { toPlain } from '../lower/layout.js';
import type { GraphValue, LoweredTensor } from '../lower/lowered-tensor.js';
import type { ElementType, OnnxInitializer, OnnxNode, OnnxValueInfo } from '../onnx/model.js';
import type { PendingGraph } from '../plan/graph.js';
import { lowerNodes } from '../plan/lowering.js';
import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** A graph of standard ONNX operators that will be written to a file. */
export interface Program {
  nodes: readonly OnnxNode[];
  constants: ReadonlyMap<string, OnnxInitializer>;
  inputs: readonly OnnxValueInfo[];
  /** `name` is the user's name, `value` the name inside the graph. */
  outputs: readonly (OnnxValueInfo & { value: string })[];
  /** The results of the nodes, by name. */
  computed: ReadonlyMap<string, GraphValue>;
}

export interface ProgramInput {
  value: Value;
  shape: readonly number[];
}
export interface ProgramOutput extends ProgramInput {
  name: string;
}

/** Provides the elements of constants. */
export interface ConstantSource {
  read(value: Value): TensorData;
  /**
   * Whether the traced function created the value. Such a value may have the size of the batch, so if all its elements are
   * equal only their number is written.
   */
  isCreatedInside(value: Value): boolean;
}

/** Lowers a traced graph to standard operators. Its inputs are named i0, i1 and so on. */
export function lowerProgram(
  graph: PendingGraph,
  inputs: readonly ProgramInput[],
  outputs: readonly ProgramOutput[],
  source: ConstantSource,
): Program {
  const b = new Builder(standardDialect);
  const values = new Map<Value, LoweredTensor>();
  const constants = new Map<string, OnnxInitializer>();
  inputs.forEach(({ value, shape }, i) => {
    const dtype = value.dtype as NumericType;
    values.set(value, { shape, dtype, plain: { name: `i${i}`, dims: shape, type: dtype } });
  });
  const addConstant = (value: NumericValue): void => {
    const { dtype, size } = value;
    const data = source.read(value);
    if (source.isCreatedInside(value) && size > 0 && data.every((element) => Object.is(element, data[0]))) {
      values.set(value, { shape: [size], dtype, fill: data[0]! });
      return;
    }
    const name = `w${constants.size}`;
    constants.set(name, { name, type: dtype, dims: [size], data: toBytes(data) });
    values.set(value, { shape: [size], dtype, plain: { name, dims: [size], type: dtype } });
  };
  for (const leaf of [...graph.leaves, ...outputs.map(({ value }) => value as NumericValue)]) {
    if (!leaf.producer && !values.has(leaf)) addConstant(leaf);
  }
  lowerNodes(b, graph, values);
  const taken = new Set([...inputs.map((_, i) => `i${i}`), ...constants.keys()]);
  const results = outputs.map(({ name, value, shape }) => {
    let result = toPlain(b, values.get(value)!, shape);
    // The outputs of a file are results of nodes, each under a name of its own.
    while (taken.has(result.name) || b.isConstant(result)) result = b.unary('Identity', result);
    taken.add(result.name);
    return { name, value: result.name, type: result.type as ElementType, dims: result.dims };
  });
  for (const initializer of b.initializers) constants.set(initializer.name, initializer);
  return {
    nodes: b.nodes,
    constants,
    inputs: inputs.map(({ value, shape }, i) => ({ name: `i${i}`, type: value.dtype as ElementType, dims: shape })),
    outputs: results,
    computed: new Map(b.computed().map((value) => [value.name, value])),
  };
}

const toBytes = ({ buffer, byteOffset, byteLength }: TensorData) => new Uint8Array(buffer, byteOffset, byteLength);
