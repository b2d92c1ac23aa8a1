import { dataOf, type HostContents, type NumericValue } from '../ir/value.js';
import type { Dialect } from '../lower/dialect.js';
import { writeModel } from '../onnx/model.js';
import { type NativeTensor, Session, type SessionOptions, type TensorData, wrap } from '../runtime/binding.js';
import type { DeviceBuffer, DeviceMemory } from '../runtime/device.js';
import { ParallelSession } from './parallel/parallel-session.js';
import { divide, mayReplace, type Stage } from './parallel/stages.js';
import type { NumericType } from '../tensor-spec.js';
import { findCpuPins } from './cpu-pins.js';
import type { BoundGraph, PendingGraph } from './graph.js';
import { hideShapes } from './hide-shapes.js';
import { lower, type PlanOutput } from './lowering.js';
import { PreparedGraph } from './prepared-graph.js';

/** Provides the buffer for a result. `replaces` is the leaf whose own buffer may be used instead, if nothing else needs it. */
export type TakeBuffer = (dtype: NumericType, size: number, replaces: NumericValue | null) => TensorData;

/** Receives host buffers that are no longer needed. */
export type FreeBuffer = (dtype: NumericType, data: TensorData) => void;

/** One compiled graph, with the names of its inputs and outputs. */
export class Plan {
  private constructor(
    readonly signature: Int32Array,
    readonly nodeCount: number,
    private readonly resultBytes: number,
    private readonly session: Session | ParallelSession | null,
    private readonly feedNames: readonly (string | null)[],
    private readonly outputs: readonly PlanOutput[],
    /** Runs what depends on the weights alone only once; null for a graph that changes its weights. */
    private readonly prepared: PreparedGraph | null = null,
  ) {}

  /** Estimate of the memory it keeps for intermediate results. */
  get bytes(): number {
    return this.resultBytes + (this.prepared?.bytes ?? 0);
  }

  static compile(graph: PendingGraph, dialect: Dialect, options: SessionOptions): Plan {
    const { nodes, initializers, inputs, feedNames, outputs, bytes, resultOf } = lower(graph, dialect);
    const partOf = partsOf(graph, feedNames);
    const computed = outputs.filter((o) => !o.copyOf);
    if (computed.length === 0) return new Plan(graph.signature, nodes.length, bytes, null, feedNames, outputs);
    const lowered = {
      nodes,
      initializers,
      inputs,
      // The smallest first: the binding copies the first result (see runtime/library.ts).
      outputs: computed
        .map((o) => ({ name: o.name, dims: o.dims, type: o.dtype, size: o.size }))
        .sort((a, b) => a.size - b.size),
    };
    const onCpu = options.provider === undefined || options.provider === 'cpu';
    const hasUpdates = outputs.some(({ replaces }) => replaces !== null);
    const isEvaluation = onCpu && !hasUpdates;
    const stages = onCpu && options.threads > 1 && partOf.size > 0 ? divide(lowered, partOf, resultOf) : null;
    if (stages !== null) {
      const own = outputs.map((output) => withinStages(output, stages, feedNames));
      return new Plan(graph.signature, nodes.length, bytes, new ParallelSession(stages, options), feedNames, own);
    }
    const session = new Session(
      writeModel(onCpu ? hideShapes(lowered) : lowered),
      options.provider === 'webgpu' ? { ...options, cpuNodes: findCpuPins(nodes, initializers) } : options,
    );
    const prepared = isEvaluation ? new PreparedGraph(lowered, resultOf, feedNames, options) : null;
    return new Plan(graph.signature, nodes.length, bytes, session, feedNames, outputs, prepared);
  }

  /**
   * Runs the graph.
   *
   * @returns the results, in the order of the graph's outputs
   */
  run(graph: BoundGraph, take: TakeBuffer): HostContents[] {
    const { session, feeds } = this.prepared?.use(graph.leaves, hostFeed) ?? this.whole(graph);
    const fetches: Record<string, NativeTensor> = {};
    const buffers = this.outputs.map(({ name, dims, dtype, size, copyOf, replaces }) => {
      const buffer = take(dtype, size, replaces === null ? null : graph.leaves[replaces]!);
      if (!copyOf) fetches[name] = wrap(dtype, buffer, dims);
      return buffer;
    });
    session?.run(feeds, fetches);
    return this.outputs.map(({ name, dims, copyOf }, i): HostContents => {
      const data = buffers[i]!;
      if (copyOf) data.set('leaf' in copyOf ? dataOf(graph.leaves[copyOf.leaf]!)! : buffers[copyOf.output]!);
      return { kind: 'host', data, isPooled: true, feed: dims.length === 1 && !copyOf ? fetches[name]! : null };
    });
  }

  /** Runs the graph and leaves its results on the device. */
  runOnDevice(graph: BoundGraph, memory: DeviceMemory, free: FreeBuffer): void {
    const feeds: Record<string, NativeTensor> = {};
    this.feedNames.forEach((name, i) => {
      if (name) feeds[name] = deviceFeed(graph.leaves[i]!, memory, free);
    });
    const names = this.outputs.filter((o) => !o.copyOf).map((o) => o.name);
    const computed = this.session instanceof Session ? memory.compute(this.session, feeds, names) : [];
    const buffers: DeviceBuffer[] = [];
    this.outputs.forEach(({ copyOf }) => {
      if (!copyOf) buffers.push(computed.shift()!);
      else if ('output' in copyOf) buffers.push(buffers[copyOf.output]!.share());
      else buffers.push(moveToDevice(graph.leaves[copyOf.leaf]!, memory, free).share());
    });
    graph.outputs.forEach((output, i) => {
      const { contents } = output;
      if (contents.kind === 'device') contents.buffer.release();
      if (contents.kind === 'host' && contents.isPooled) free(output.dtype, contents.data);
      output.contents = { kind: 'device', buffer: buffers[i]! };
    });
  }

  endProfiling(): void {
    this.session?.endProfiling();
    this.prepared?.endProfiling();
  }

  /** Frees what it keeps for weights that are gone. */
  forgetDisposed(): void {
    this.prepared?.forgetDisposed();
  }

  dispose(): void {
    this.session?.dispose();
    this.prepared?.dispose();
  }

  private whole({ leaves }: BoundGraph): {
    session: Session | ParallelSession | null;
    feeds: Record<string, NativeTensor>;
  } {
    const feeds: Record<string, NativeTensor> = {};
    this.feedNames.forEach((name, i) => {
      if (name) feeds[name] = hostFeed(leaves[i]!);
    });
    return { session: this.session, feeds };
  }
}

/** The inputs that belong to a part of a batch. */
function partsOf({ leaves }: BoundGraph, feedNames: readonly (string | null)[]): Map<string, number> {
  const parts = new Map<string, number>();
  feedNames.forEach((name, i) => {
    const { part } = leaves[i]!;
    if (name !== null && part !== null) parts.set(name, part);
  });
  return parts;
}

/** An output that replaces its leaf only where no piece reads that later. */
function withinStages(output: PlanOutput, stages: readonly Stage[], feedNames: readonly (string | null)[]): PlanOutput {
  const replaced = output.replaces === null ? null : feedNames[output.replaces]!;
  return replaced === null || mayReplace(stages, output.name, replaced) ? output : { ...output, replaces: null };
}

/** A value on the host as a graph input. */
function hostFeed({ contents, dtype, size }: NumericValue): NativeTensor {
  if (contents.kind !== 'host') throw new Error('An input of the graph has no values on the host.');
  return (contents.feed ??= wrap(dtype, contents.data, [size]));
}

/** A value as a graph input. Host values move to the device when they are used a second time: weights are, data is not. */
function deviceFeed(leaf: NumericValue, memory: DeviceMemory, free: FreeBuffer): NativeTensor {
  if (leaf.contents.kind === 'host' && !leaf.contents.feed) return hostFeed(leaf);
  return moveToDevice(leaf, memory, free).feed;
}

function moveToDevice(value: NumericValue, memory: DeviceMemory, free: FreeBuffer): DeviceBuffer {
  const { contents, dtype } = value;
  if (contents.kind === 'device') return contents.buffer;
  if (contents.kind !== 'host') throw new Error('An input of the graph has no values.');
  const buffer = memory.upload(dtype, contents.data);
  if (contents.isPooled) free(dtype, contents.data);
  value.contents = { kind: 'device', buffer };
  return buffer;
}
