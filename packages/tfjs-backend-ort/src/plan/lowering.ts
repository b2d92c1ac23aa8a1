import { describe } from '../ir/node.js';
import { fillOf, type Value } from '../ir/value.js';
import { Builder } from '../lower/builder.js';
import type { Dialect } from '../lower/dialect.js';
import { toPlain } from '../lower/layout.js';
import type { LoweredTensor } from '../lower/lowered-tensor.js';
import type { ElementType, OnnxInitializer, OnnxNode, OnnxValueInfo } from '../onnx/model.js';
import type { NumericType } from '../tensor-spec.js';
import type { PendingGraph } from './graph.js';
import { findInPlaceUpdates } from './in-place-updates.js';
import { estimatePeakBytes } from './peak-memory.js';
import type { ResultOf } from './split-preparation.js';

export interface PlanOutput {
  name: string;
  dims: readonly number[];
  dtype: NumericType;
  size: number;
  /** If the graph value is also another output, or an input: where to copy it from. */
  copyOf: { output: number } | { leaf: number } | null;
  /** The leaf whose memory it may be written to, if no tensor holds that leaf any more. */
  replaces: number | null;
}

/** The recorded operations as ONNX nodes. */
export interface Lowered {
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxInitializer[];
  inputs: readonly OnnxValueInfo[];
  /** The input that each leaf is fed to; null for a leaf that is part of the graph. */
  feedNames: readonly (string | null)[];
  outputs: readonly PlanOutput[];
  /** Estimate of the memory that intermediate results take. */
  bytes: number;
  resultOf: ResultOf;
}

/** Lowers a graph to the operators of one dialect. */
export function lower(graph: PendingGraph, dialect: Dialect): Lowered {
  const b = new Builder(dialect);
  const values = new Map<Value, LoweredTensor>();
  const inputs: OnnxValueInfo[] = [];
  const feedNames = graph.leaves.map((leaf, i) => {
    const fill = fillOf(leaf);
    if (fill !== null) {
      values.set(leaf, { shape: [leaf.size], dtype: leaf.dtype, fill });
      return null;
    }
    // Fed flat: a tensor's shape is only a view, and one value may be read under several shapes.
    const input = { name: `i${i}`, type: leaf.dtype as ElementType, dims: [leaf.size] };
    inputs.push(input);
    values.set(leaf, {
      shape: [leaf.size],
      dtype: leaf.dtype,
      plain: { name: input.name, dims: input.dims, type: leaf.dtype },
    });
    return input.name;
  });
  lowerNodes(b, graph, values);
  const names = new Map<string, PlanOutput['copyOf']>();
  feedNames.forEach((name, leaf) => name && names.set(name, { leaf }));
  const outputs = graph.outputs.map((output, i): PlanOutput => {
    let value = toPlain(b, values.get(output)!, values.get(output)!.plain?.dims);
    if (b.initializers.some((constant) => constant.name === value.name)) value = b.unary('Identity', value);
    const copyOf = names.get(value.name) ?? null;
    if (!copyOf) names.set(value.name, { output: i });
    return { name: value.name, dims: value.dims, dtype: output.dtype, size: output.size, copyOf, replaces: null };
  });
  const replaced = findInPlaceUpdates(b.nodes, b.replacements, new Set(outputs.map((o) => o.name)));
  for (const output of outputs) {
    const leaf = feedNames.indexOf(replaced.get(output.name) ?? '');
    if (leaf >= 0 && !output.copyOf) output.replaces = leaf;
  }
  const results = new Map(
    b.computed().map(({ name, dims, type }) => [name, { name, dims, type: type as ElementType }]),
  );
  const sizes = new Map(b.bytes);
  const resultOf: ResultOf = (name) => ({ info: results.get(name)!, bytes: sizes.get(name)! });
  for (const { name } of outputs) b.bytes.delete(name);
  const bytes = estimatePeakBytes(b.nodes, b.bytes);
  return { nodes: b.nodes, initializers: b.initializers, inputs, feedNames, outputs, bytes, resultOf };
}

/**
 * Lowers the operations of a graph one by one.
 *
 * @param values the lowered leaves; the results of the operations are added to it
 */
export function lowerNodes(b: Builder, graph: PendingGraph, values: Map<Value, LoweredTensor>): void {
  const uses = countUses(graph);
  for (const { kind, inputs: nodeInputs, outputs } of graph.nodes) {
    const lowered = [
      b.withLabel(describe(kind), () =>
        kind.kernel.lower(
          b,
          nodeInputs.map((value, i) => viewAs(b, values.get(value)!, kind.inputShapes[i]!, kind.inputTypes[i]!)),
          kind.attrs,
          kind.outputs,
        ),
      ),
    ].flat();
    outputs.forEach((output, i) =>
      values.set(output, { ...lowered[i]!, shape: kind.outputs[i]!.shape, uses: uses.get(output) }),
    );
  }
}

function countUses(graph: PendingGraph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  graph.nodes.forEach((node) => node.inputs.forEach(add));
  graph.outputs.forEach(add);
  return uses;
}

/** The same value with the shape and element type of one of its tensors. */
function viewAs(b: Builder, x: LoweredTensor, shape: readonly number[], dtype: NumericType): LoweredTensor {
  const view = reshape(b, x, shape);
  if (view.dtype === dtype) return view;
  // tfjs's CPU backend casts int32 to float32 by renaming the type of the same storage.
  return { shape, dtype, plain: b.cast(toPlain(b, view), dtype) };
}

/** The same value with another shape. */
function reshape(b: Builder, x: LoweredTensor, shape: readonly number[]): LoweredTensor {
  if (x.shape.length === shape.length && x.shape.every((d, i) => d === shape[i])) return x;
  if (x.fill !== undefined && !x.plain) return { shape, dtype: x.dtype, fill: x.fill };
  return { shape, dtype: x.dtype, plain: x.plain ?? toPlain(b, x) };
}
