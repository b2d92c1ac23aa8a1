import type { Dialect } from '../lower/dialect.js';
import { writeModel } from '../onnx/model.js';
import { Session, wrap, type NativeTensor, type SessionOptions, type TensorData } from '../runtime/binding.js';
import type { DeviceBuffer, DeviceMemory } from '../runtime/device.js';
import type { NumericValue } from '../ir/value.js';
import type { BoundGraph, PendingGraph } from './graph.js';
import { findCpuPins } from './cpu-pins.js';
import { lower, type PlanOutput } from './lowering.js';
import { hideShapes } from './hide-shapes.js';
import type { NumericType } from '../tensor-spec.js';

/** One compiled graph: how to feed it and what comes out. */
export class Plan {
  private constructor(
    readonly signature: Int32Array,
    readonly nodeCount: number,
    /** Estimate of the memory it keeps for intermediate results. */
    readonly bytes: number,
    private readonly session: Session | null,
    private readonly feedNames: readonly (string | null)[],
    private readonly outputs: readonly PlanOutput[],
  ) {}

  static compile(graph: PendingGraph, dialect: Dialect, options: SessionOptions): Plan {
    const { nodes, initializers, inputs, feedNames, outputs, bytes } = lower(graph, dialect);
    const computed = outputs.filter((o) => !o.copyOf);
    if (computed.length === 0) return new Plan(graph.signature, nodes.length, bytes, null, feedNames, outputs);
    const closed = {
      nodes,
      initializers,
      inputs,
      // The smallest first: the binding copies the first result (see runtime/library.ts).
      outputs: computed
        .map((o) => ({ name: o.name, dims: o.dims, type: o.dtype, size: o.size }))
        .sort((a, b) => a.size - b.size),
    };
    const onCpu = options.provider === undefined || options.provider === 'cpu';
    const updates = outputs.some(({ replaces }) => replaces !== null);
    const session = new Session(
      writeModel(onCpu && !updates ? hideShapes(closed) : closed),
      options.provider === 'webgpu' ? { ...options, cpuNodes: findCpuPins(nodes, initializers) } : options,
    );
    return new Plan(graph.signature, nodes.length, bytes, session, feedNames, outputs);
  }

  /**
   * Runs the graph.
   *
   * @param take gives the buffer for a result; `replaces` is the leaf whose own buffer will do, if nobody else wants it
   * @returns the results, in the order of the graph's outputs
   */
  run(
    graph: BoundGraph,
    take: (dtype: NumericType, size: number, replaces: NumericValue | null) => TensorData,
  ): TensorData[] {
    const feeds: Record<string, NativeTensor> = {};
    this.feedNames.forEach((name, i) => {
      const leaf = graph.leaves[i]!;
      if (name) feeds[name] = leaf.feed ??= wrap(leaf.dtype, leaf.data!, [leaf.size]);
    });
    const fetches: Record<string, NativeTensor> = {};
    const buffers = this.outputs.map(({ name, dims, dtype, size, copyOf, replaces }) => {
      const buffer = take(dtype, size, replaces === null ? null : graph.leaves[replaces]!);
      if (!copyOf) fetches[name] = wrap(dtype, buffer, dims);
      return buffer;
    });
    this.session?.run(feeds, fetches);
    this.outputs.forEach(({ name, dims, copyOf }, i) => {
      if (copyOf) buffers[i]!.set('leaf' in copyOf ? graph.leaves[copyOf.leaf]!.data! : buffers[copyOf.output]!);
      graph.outputs[i]!.feed = dims.length === 1 && !copyOf ? fetches[name]! : null;
    });
    return buffers;
  }

  /**
   * Runs the graph where its results stay on the device.
   *
   * @param free gets the host buffers of what moved to the device
   */
  runOnDevice(graph: BoundGraph, memory: DeviceMemory, free: (dtype: NumericType, data: TensorData) => void): void {
    const feeds: Record<string, NativeTensor> = {};
    this.feedNames.forEach((name, i) => {
      if (name) feeds[name] = feedOf(graph.leaves[i]!, memory, free);
    });
    const names = this.outputs.filter((o) => !o.copyOf).map((o) => o.name);
    const computed = this.session ? memory.compute(this.session, feeds, names) : [];
    const devices: DeviceBuffer[] = [];
    this.outputs.forEach(({ copyOf }) => {
      if (!copyOf) devices.push(computed.shift()!);
      else if ('output' in copyOf) devices.push(devices[copyOf.output]!.share());
      else {
        const source = graph.leaves[copyOf.leaf]!;
        source.device ??= memory.upload(source.dtype, source.data!);
        devices.push(source.device.share());
      }
    });
    graph.outputs.forEach((output, i) => {
      output.device?.release();
      if (output.data && output.pooled) free(output.dtype, output.data);
      output.data = output.feed = null;
      output.pooled = false;
      output.device = devices[i]!;
    });
  }

  endProfiling(): void {
    this.session?.endProfiling();
  }

  dispose(): void {
    this.session?.dispose();
  }
}

/** A graph's input. Host values that are used again move to the device for good: weights, unlike data, are. */
function feedOf(
  leaf: NumericValue,
  memory: DeviceMemory,
  free: (dtype: NumericType, data: TensorData) => void,
): NativeTensor {
  if (leaf.device) return leaf.device.feed;
  if (!leaf.feed) return (leaf.feed = wrap(leaf.dtype, leaf.data!, [leaf.size]));
  leaf.device = memory.upload(leaf.dtype, leaf.data!);
  if (leaf.pooled) free(leaf.dtype, leaf.data!);
  leaf.data = leaf.feed = null;
  leaf.pooled = false;
  return leaf.device.feed;
}
