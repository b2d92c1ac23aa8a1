import type { Dialect } from '../lower/dialect.js';
import { writeModel } from '../onnx/model.js';
import { Session, wrap, type NativeTensor, type SessionOptions, type TensorData } from '../runtime/binding.js';
import type { NumericType } from '../ir/value.js';
import type { PendingGraph } from './graph.js';
import { lower, type PlanOutput } from './lowering.js';

/** One compiled graph: how to feed it and what comes out. */
export class Plan {
  private constructor(
    readonly signature: Int32Array,
    readonly nodeCount: number,
    private readonly session: Session | null,
    private readonly feedNames: readonly (string | null)[],
    private readonly outputs: readonly PlanOutput[],
  ) {}

  static compile(graph: PendingGraph, dialect: Dialect, options: SessionOptions): Plan {
    const { nodes, initializers, inputs, feedNames, outputs } = lower(graph, dialect);
    const computed = outputs.filter((o) => !o.copyOf);
    const session =
      computed.length === 0
        ? null
        : new Session(
            writeModel({
              nodes,
              initializers,
              inputs,
              outputs: computed.map((o) => ({ name: o.name, dims: o.dims, type: o.dtype })),
            }),
            options,
          );
    return new Plan(graph.signature, nodes.length, session, feedNames, outputs);
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
