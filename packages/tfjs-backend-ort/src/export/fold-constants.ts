import { sizeOf } from '../lower/lowered-tensor.js';
import { allocate } from '../memory/pool.js';
import { type OnnxInitializer, type OnnxNode, STANDARD, writeModel } from '../onnx/model.js';
import { type NativeTensor, Session, type TensorData, wrap } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';
import type { Program } from './program.js';

/** Limit of the elements of a folded constant that is larger than its operands. */
const MAX_GROWTH = 4096;

/**
 * Computes nodes that depend on constants alone (such as weights in the order in which an operator reads them), and drops
 * constants that no node reads.
 */
export function foldConstants(program: Program): Program {
  const folded = new Set<string>();
  const isConstant = (name: string) => name === '' || program.constants.has(name) || folded.has(name);
  const sizeByName = (name: string) =>
    sizeOf(program.constants.get(name)?.dims ?? program.computed.get(name)?.dims ?? []);
  const before: OnnxNode[] = [];
  const rest: OnnxNode[] = [];
  for (const node of program.nodes) {
    const limit = Math.max(MAX_GROWTH, ...node.inputs.map(sizeByName));
    const canFold = node.inputs.every(isConstant) && node.outputs.every((name) => isStorable(program, name, limit));
    (canFold ? before : rest).push(node);
    if (canFold) node.outputs.forEach((name) => folded.add(name));
  }
  const wanted = new Set([...rest.flatMap((node) => node.inputs), ...program.outputs.map(({ value }) => value)]);
  const constants = new Map([
    ...program.constants,
    ...evaluate(
      program,
      before,
      [...folded].filter((name) => wanted.has(name)),
    ),
  ]);
  for (const name of constants.keys()) if (!wanted.has(name)) constants.delete(name);
  return { ...program, nodes: rest, constants };
}

function isStorable(program: Program, name: string, limit: number): boolean {
  const value = program.computed.get(name);
  return (
    value !== undefined &&
    ['float32', 'int32', 'bool'].includes(value.type) &&
    sizeOf(value.dims) <= limit &&
    sizeOf(value.dims) > 0
  );
}

function evaluate(program: Program, nodes: readonly OnnxNode[], names: readonly string[]): [string, OnnxInitializer][] {
  if (names.length === 0) return [];
  const read = new Set(nodes.flatMap((node) => node.inputs));
  const used = [...program.constants.values()].filter(({ name }) => read.has(name));
  // Large constants are fed, because that does not copy them.
  const initializers = used.filter(({ type, data }) => type === 'int64' || data.length < 1024);
  const inputs = used.filter((constant) => !initializers.includes(constant));
  const outputs = names.map((name) => {
    const { dims, type } = program.computed.get(name)!;
    return { name, dims, type: type as NumericType };
  });
  const session = new Session(writeModel({ nodes, initializers, inputs, outputs }, STANDARD), { threads: 1 });
  const feeds: Record<string, NativeTensor> = {};
  for (const { name, type, dims, data } of inputs) {
    feeds[name] = wrap(type as NumericType, toTypedArray(type as NumericType, data), dims);
  }
  const results = outputs.map(({ type, dims }) => allocate(type, sizeOf(dims)));
  const fetches: Record<string, NativeTensor> = {};
  outputs.forEach(({ name, type, dims }, i) => (fetches[name] = wrap(type, results[i]!, dims)));
  try {
    session.run(feeds, fetches);
  } finally {
    session.dispose();
  }
  return outputs.map(({ name, type, dims }, i) => {
    const { buffer, byteOffset, byteLength } = results[i]!;
    return [name, { name, type, dims, data: new Uint8Array(buffer, byteOffset, byteLength) }];
  });
}

function toTypedArray(type: NumericType, { buffer, byteOffset, byteLength }: Uint8Array): TensorData {
  if (type === 'bool') return new Uint8Array(buffer, byteOffset, byteLength);
  return type === 'int32'
    ? new Int32Array(buffer, byteOffset, byteLength / 4)
    : new Float32Array(buffer, byteOffset, byteLength / 4);
}
