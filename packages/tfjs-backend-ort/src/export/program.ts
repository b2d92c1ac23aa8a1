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

/** A standard ONNX graph on its way to a file. */
export interface Program {
  nodes: readonly OnnxNode[];
  constants: ReadonlyMap<string, OnnxInitializer>;
  inputs: readonly OnnxValueInfo[];
  /** `name` is the user's, `value` what computes it. */
  outputs: readonly (OnnxValueInfo & { value: string })[];
  /** Dimensions and type of what the nodes compute. */
  computed: ReadonlyMap<string, GraphValue>;
}

export interface ProgramInput {
  storage: Value;
  shape: readonly number[];
}
export interface ProgramOutput extends ProgramInput {
  name: string;
}

/** Where constants come from. */
export interface ConstantSource {
  values(value: Value): TensorData;
  /**
   * Whether the traced function made it itself: where all its elements are equal it may have the size of the batch, so
   * that only the number is written down.
   */
  madeInside(value: Value): boolean;
}

/** Lowers a traced graph to standard operators. Inputs are called i0, i1 and so on here. */
export function lowerProgram(
  graph: PendingGraph,
  inputs: readonly ProgramInput[],
  outputs: readonly ProgramOutput[],
  source: ConstantSource,
): Program {
  const b = new Builder(standardDialect);
  const values = new Map<Value, LoweredTensor>();
  const constants = new Map<string, OnnxInitializer>();
  inputs.forEach(({ storage, shape }, i) => {
    const dtype = storage.dtype as NumericType;
    values.set(storage, { shape, dtype, plain: { name: `i${i}`, dims: shape, type: dtype } });
  });
  const addConstant = (value: NumericValue): void => {
    const { dtype, size } = value;
    const data = source.values(value);
    if (source.madeInside(value) && size > 0 && data.every((element) => Object.is(element, data[0]))) {
      values.set(value, { shape: [size], dtype, fill: data[0]! });
      return;
    }
    const name = `w${constants.size}`;
    constants.set(name, { name, type: dtype, dims: [size], data: bytes(data) });
    values.set(value, { shape: [size], dtype, plain: { name, dims: [size], type: dtype } });
  };
  for (const leaf of [...graph.leaves, ...outputs.map(({ storage }) => storage as NumericValue)]) {
    if (!leaf.producer && !values.has(leaf)) addConstant(leaf);
  }
  lowerNodes(b, graph, values);
  const taken = new Set([...inputs.map((_, i) => `i${i}`), ...constants.keys()]);
  const results = outputs.map(({ name, storage, shape }) => {
    let value = toPlain(b, values.get(storage)!, shape);
    // A file's outputs are results of nodes, each under a name of its own.
    while (taken.has(value.name) || b.isConstant(value)) value = b.unary('Identity', value);
    taken.add(value.name);
    return { name, value: value.name, type: value.type as ElementType, dims: value.dims };
  });
  for (const initializer of b.initializers) constants.set(initializer.name, initializer);
  return {
    nodes: b.nodes,
    constants,
    inputs: inputs.map(({ storage, shape }, i) => ({ name: `i${i}`, type: storage.dtype as ElementType, dims: shape })),
    outputs: results,
    computed: new Map(b.computed().map((value) => [value.name, value])),
  };
}

const bytes = ({ buffer, byteOffset, byteLength }: TensorData) => new Uint8Array(buffer, byteOffset, byteLength);
