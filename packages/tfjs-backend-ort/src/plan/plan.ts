import { Builder } from '../lower/builder.js';
import { plain } from '../lower/layout.js';
import type { Logical } from '../lower/logical.js';
import { writeModel, type ElementType, type OnnxValueInfo } from '../onnx/model.js';
import { Session, wrap, type NativeTensor, type SessionOptions, type TensorData } from '../runtime/binding.js';
import { describe } from '../ir/node.js';
import type { NumericType, Value } from '../ir/value.js';
import type { PendingGraph } from './graph.js';

interface PlanOutput {
  name: string;
  dims: readonly number[];
  dtype: NumericType;
  size: number;
  /** Where the same graph value is wanted twice, or is an input: copy it from there. */
  copyOf: { output: number } | { leaf: number } | null;
}

/** One compiled graph: how to feed it and what comes out. */
export class Plan {
  private constructor(
    readonly signature: Int32Array,
    readonly nodeCount: number,
    private readonly session: Session | null,
    private readonly feedNames: readonly (string | null)[],
    private readonly outputs: readonly PlanOutput[],
  ) {}

  static compile(graph: PendingGraph, block: number, options: SessionOptions): Plan {
    const b = new Builder(block);
    const values = new Map<Value, Logical>();
    const inputs: OnnxValueInfo[] = [];
    const feedNames = graph.leaves.map((leaf, i) => {
      if (leaf.fill !== null) {
        values.set(leaf, { shape: [leaf.size], dtype: leaf.dtype, fill: leaf.fill });
        return null;
      }
      // Fed flat: a tensor's shape is only a view, and the same storage may be used under several.
      const input = { name: `i${i}`, type: leaf.dtype as ElementType, dims: [leaf.size] };
      inputs.push(input);
      values.set(leaf, {
        shape: [leaf.size],
        dtype: leaf.dtype,
        plain: { name: input.name, dims: input.dims, type: leaf.dtype },
      });
      return input.name;
    });
    const uses = countUses(graph);
    for (const { kind, inputs: nodeInputs, outputs } of graph.nodes) {
      const lowered = [
        b.labelled(describe(kind), () =>
          kind.kernel.lower(
            b,
            nodeInputs.map((value, i) => reshaped(b, values.get(value)!, kind.inputShapes[i]!)),
            kind.attrs,
            kind.outputs,
          ),
        ),
      ].flat();
      outputs.forEach((output, i) =>
        values.set(output, { ...lowered[i]!, shape: kind.outputs[i]!.shape, uses: uses.get(output) }),
      );
    }
    const names = new Map<string, PlanOutput['copyOf']>();
    feedNames.forEach((name, leaf) => name && names.set(name, { leaf }));
    const outputs = graph.outputs.map((output, i): PlanOutput => {
      let value = plain(b, values.get(output)!, values.get(output)!.plain?.dims);
      if (b.initializers.some((constant) => constant.name === value.name)) value = b.unary('Identity', value);
      const copyOf = names.get(value.name) ?? null;
      if (!copyOf) names.set(value.name, { output: i });
      return { name: value.name, dims: value.dims, dtype: output.dtype, size: output.size, copyOf };
    });
    const computed = outputs.filter((o) => !o.copyOf);
    const session =
      computed.length === 0
        ? null
        : new Session(
            writeModel({
              nodes: b.nodes,
              initializers: b.initializers,
              inputs,
              outputs: computed.map((o) => ({ name: o.name, dims: o.dims, type: o.dtype })),
            }),
            options,
          );
    return new Plan(graph.signature, b.nodes.length, session, feedNames, outputs);
  }

  /** Runs the graph; the results go into buffers from `take`, in the order of the graph's outputs. */
  run(graph: PendingGraph, take: (dtype: NumericType, size: number) => TensorData): TensorData[] {
    const feeds: Record<string, NativeTensor> = {};
    this.feedNames.forEach((name, i) => {
      const leaf = graph.leaves[i]!;
      if (name) feeds[name] = leaf.feed ??= wrap(leaf.dtype, leaf.data!, [leaf.size]);
    });
    const fetches: Record<string, NativeTensor> = {};
    const buffers = this.outputs.map(({ name, dims, dtype, size, copyOf }) => {
      const buffer = take(dtype, size);
      if (!copyOf) fetches[name] = wrap(dtype, buffer, dims);
      return buffer;
    });
    this.session?.run(feeds, fetches);
    this.outputs.forEach(({ copyOf }, i) => {
      if (copyOf) buffers[i]!.set('leaf' in copyOf ? graph.leaves[copyOf.leaf]!.data! : buffers[copyOf.output]!);
    });
    return buffers;
  }

  endProfiling(): void {
    this.session?.endProfiling();
  }

  dispose(): void {
    this.session?.dispose();
  }
}

function countUses(graph: PendingGraph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const add = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1);
  graph.nodes.forEach((node) => node.inputs.forEach(add));
  graph.outputs.forEach(add);
  return uses;
}

/** The same storage seen with another shape. */
function reshaped(b: Builder, x: Logical, shape: readonly number[]): Logical {
  if (x.shape.length === shape.length && x.shape.every((d, i) => d === shape[i])) return x;
  if (x.fill !== undefined && !x.plain) return { shape, dtype: x.dtype, fill: x.fill };
  return { shape, dtype: x.dtype, plain: x.plain ?? plain(b, x) };
}
