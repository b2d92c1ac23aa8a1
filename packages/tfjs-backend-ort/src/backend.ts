import { backend_util, tidy, util } from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, NamedTensorMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Counters } from './counters.js';
import { CpuFallback, forbidden, type CpuInputs } from './cpu-fallback.js';
import { kindOf } from './ir/kinds.js';
import type { NodeKind, RecordedNode } from './ir/node.js';
import { captureStack } from './ir/call-site.js';
import { failed, type NumericValue, type Value } from './ir/value.js';
import type { Kernel } from './ops/kernel.js';
import type { Dialect } from './lower/dialect.js';
import { sizeOf } from './lower/lowered-tensor.js';
import { machineMemory } from './memory/machine.js';
import { memoryReport, type OrtMemory } from './memory/report.js';
import { Storage } from './memory/storage.js';
import { StoringBackend } from './memory/storing-backend.js';
import { currentOptions, type OrtOptions } from './options.js';
import { collect, type PendingGraph } from './plan/graph.js';
import { LoopDetector } from './plan/loop-detector.js';
import { Runner } from './plan/runner.js';
import { isolateErrors } from './plan/error-isolation.js';
import { keptByExport, Trace, type Tracing } from './plan/trace.js';
import type { Draw } from './replay/recording.js';
import { Replayable, type Replayer, type Step } from './replay/replayable.js';
import type { Recorder } from './replay/recorder.js';
import type { TensorData } from './runtime/binding.js';
import { DeviceMemory } from './runtime/device.js';
import { requireProvider } from './runtime/provider.js';
import { testedDialect } from './runtime/self-test.js';
import type { Attrs, TensorSpec } from './tensor-spec.js';

/** Buffers of disposed tensors that wait for a run: with more, it is time for one. */
const MAX_RETIRED_BYTES = machineMemory() / 4;

/**
 * A TensorFlow.js backend that records operations and runs them, when something is read, as one compiled ONNX
 * Runtime graph.
 */
export class OrtBackend extends StoringBackend {
  /** Makes an operation that would fall back to a CPU kernel, here or inside onnxruntime, an error. */
  forbidFallback = false;
  readonly options: OrtOptions;
  /** What of onnxruntime passed the self-test and is used. */
  readonly dialect: Dialect;

  private pending: RecordedNode[] = [];
  /** Where results stay between runs, unless that is on the host. */
  private readonly device: DeviceMemory | null;
  protected readonly storage: Storage;
  private readonly runner: Runner;
  private readonly loops: LoopDetector;
  private readonly cpu = new CpuFallback();
  /** Set while a function is being traced: nothing runs then. */
  private trace: Trace | null = null;
  /** Set while a step is being recorded that may be replayed. */
  private recorder: Recorder | null = null;
  private nodes = 0;
  private replays = 0;
  private readonly notReplayed: Counters['notReplayed'] = {};
  private readonly fallbacks: Counters['fallbacks'] = {};

  constructor(options: OrtOptions = currentOptions()) {
    super();
    this.options = options;
    requireProvider(options.provider);
    this.dialect = testedDialect(options.channelBlock, options.provider);
    // Of what onnxruntime-node runs on, only WebGPU's memory can be handed from one run to the next.
    this.device = options.provider === 'webgpu' ? new DeviceMemory(options.provider) : null;
    this.storage = new Storage(this, this.device);
    this.loops = new LoopDetector(options.maxPendingNodes);
    this.runner = new Runner(options, this.dialect, this.storage.pool, this.device);
  }

  /** Runs everything recorded so far. What cannot be computed throws when it is read or used, and only that. */
  flush(): void {
    if (this.pending.length === 0 || this.trace) return;
    const recorded = this.pending;
    this.pending = [];
    this.loops.restart();
    try {
      const graph = collect(recorded);
      if (graph.outputs.length > 0) this.execute(graph, true);
    } catch (error) {
      this.recorder?.failed();
      isolateErrors(recorded, error, (graph) => this.execute(graph));
    } finally {
      for (const node of recorded) for (const output of node.outputs) output.producer = null;
      this.storage.recycleRetired();
    }
  }

  protected get busy(): boolean {
    return this.pending.length > 0;
  }

  private execute(graph: PendingGraph, last = false): void {
    const plan = this.runner.planOf(graph, this.forbidFallback);
    this.recorder?.runs(graph, plan);
    this.runner.execute(plan, graph, last);
  }

  /**
   * The same function, but one that is recorded only until it is known what it computes, and from then on runs without
   * its JavaScript: a training step, say. It gets its inputs and gives its results as tensors by name.
   *
   * What it reads and changes are its inputs and tf.Variables. Anything else must be the same every time, since it stays
   * as it was: a learning rate that changes has to be an input. It is replayed once two calls in a row, on inputs of the
   * same shapes, did the same; `counters()` say how often it was, and why it was not. It should read no tensor itself.
   * Its results have no gradients then; within the function of a gradient it is recorded as ever.
   */
  replayable<I extends object, O extends NamedTensorMap>(step: Step<I, O>): Step<I, O> {
    const replayable = new Replayable(step, this.replayer);
    return (inputs) => replayable.call(inputs);
  }

  /** In a step that is replayed, makes the values of a tensor that it uploads anew every time. */
  redrawn(tensor: Tensor, draw: Draw): void {
    if (!this.recorder) return;
    const value = this.storage.of(tensor.dataId);
    // What is all 0 or all 1 this time need not be so the next.
    this.storage.expandFill(value);
    this.recorder.redrawn(value, draw);
  }

  /**
   * Calls `run`, which records operations on placeholders and does with them what it likes, in a tidy scope. Nothing
   * that depends on a placeholder is computed, then or later.
   *
   * @throws what `run` throws; if a tensor that depends on a placeholder is read, kept or needed by a CPU kernel
   */
  tracing<T>(run: (tracing: Tracing) => T): T {
    if (this.trace) throw new Error('A function that is being exported cannot export another one.');
    this.flush();
    const trace = (this.trace = new Trace());
    let result: T;
    let kept: RecordedNode | undefined;
    try {
      tidy(() => {
        result = run({
          placeholder: (dtype, shape) => trace.placeholder(this.storage, dtype, shape),
          storageOf: (tensor) => this.storage.of(tensor.dataId),
          recorded: () => this.pending,
          values: (value) => this.valuesOf(value) as TensorData,
          uploads: trace.uploads,
        });
      });
    } finally {
      this.trace = null;
      ({ rest: this.pending, kept } = trace.remove(this.pending));
      this.flush();
      this.storage.recycleRetired();
    }
    if (kept) throw keptByExport(kept);
    return result!;
  }

  counters(): Counters {
    const { compiles, runs } = this.runner;
    const { nodes, replays, fallbacks, notReplayed } = this;
    return { compiles, runs, nodes, fallbacks: { ...fallbacks }, replays, notReplayed: { ...notReplayed } };
  }

  /** Records one operation and returns its outputs, or runs a CPU kernel where it cannot be lowered. */
  record(kernel: Kernel, inputs: readonly TensorInfo[], attrs: Attrs, all: CpuInputs): TensorInfo | TensorInfo[] {
    const kind = kindOf(kernel, inputs as readonly TensorSpec[], attrs);
    if (kind === 'fallback') return this.fallback(kernel.name, all, attrs);
    // Now, and not after the last one was recorded: its operands may have been disposed of since.
    if (
      !this.trace &&
      !this.recorder &&
      this.loops.due(this.pending, this.storage.count, this.storage.retiredBytes > MAX_RETIRED_BYTES)
    ) {
      this.flush();
    }
    const values = inputs.map((input) => this.storage.of(input.dataId));
    for (const { failure } of values) if (failure) throw failed(failure);
    const part = this.partOnHost(kind, values[0]);
    if (part) return part;
    kernel.check?.(inputs as readonly TensorSpec[], attrs, values.map(onHost));
    const node: RecordedNode = {
      kind,
      inputs: values,
      outputs: kind.outputs.map((spec) => this.storage.create(spec.dtype, util.sizeFromShape(spec.shape as number[]))),
      needed: false,
      held: this.storage.count,
      calls: this.options.traceOrigins ? captureStack() : null,
    };
    if (kernel.fed) for (const input of node.inputs) this.storage.expandFill(input);
    for (const output of node.outputs) output.producer = node;
    this.pending.push(node);
    this.nodes++;
    const infos = node.outputs.map((dataId, i) => ({
      dataId,
      shape: kind.outputs[i]!.shape as number[],
      dtype: kind.outputs[i]!.dtype,
    }));
    return kind.several ? infos : infos[0]!;
  }

  /**
   * Cuts a piece out of values on the host at once. As part of a graph, every other piece (the batches of one large
   * tensor, say) would make another graph.
   */
  private partOnHost({ kernel, inputShapes, attrs, outputs }: NodeKind, x: Value | undefined): TensorInfo | null {
    if (!kernel.part || !x || x.producer || this.device || this.trace) return null;
    const { shape, dtype } = outputs[0]!;
    const offset = kernel.part(inputShapes[0]!, attrs, shape);
    if (offset === null) return null;
    return { dataId: this.storage.part(x as NumericValue, offset, sizeOf(shape)), shape: [...shape], dtype };
  }

  /** Runs a CPU kernel on the host. */
  fallback(name: string, inputs: CpuInputs, attrs: Attrs, count = true): TensorInfo | TensorInfo[] {
    const tensors = Object.values(inputs).flat() as (TensorInfo | null | undefined)[];
    this.trace?.checkFallback(
      name,
      tensors.flatMap((x) => (x ? [this.storage.of(x.dataId)] : [])),
    );
    if (count) {
      if (this.forbidFallback) throw forbidden(name, inputs, attrs);
      this.fallbacks[name] = (this.fallbacks[name] ?? 0) + 1;
    }
    return this.cpu.run(name, inputs, attrs, this);
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): Value {
    const value = super.write(values, shape, dtype);
    for (const made of [value, ...Object.values(value.parts ?? {})] as Value[]) {
      this.trace?.uploads.add(made);
      this.recorder?.uploads.add(made);
    }
    return value;
  }

  override readSync(dataId: object): BackendValues {
    return this.valuesOf(this.storage.of(dataId));
  }

  private valuesOf(value: Value): BackendValues {
    if (value.foreign) return value.foreign;
    if (value.parts) {
      const { real, imag } = value.parts;
      return backend_util.mergeRealAndImagArrays(
        this.readSync(real) as Float32Array,
        this.readSync(imag) as Float32Array,
      );
    }
    if (this.trace) this.computeForTrace(this.trace, value);
    else if (value.producer) this.flush();
    if (value.failure) throw failed(value.failure);
    return this.storage.copyOf(value);
  }

  /** Part of what `tf.memory()` returns. */
  override memory(): OrtMemory {
    return memoryReport(this.storage, this.pending, this.runner, this.device);
  }

  /** Finishes the onnxruntime profiles asked for with the option `profile`. */
  endProfiling(): void {
    this.runner.endProfiling();
  }

  override dispose(): void {
    this.pending = [];
    this.runner.clear();
    this.device?.dispose();
    this.storage.clear();
    this.cpu.dispose();
  }

  private get replayer(): Replayer {
    return {
      storage: this.storage,
      flush: () => this.flush(),
      observed: () => this.trace !== null || this.recorder !== null,
      watched: (recorder, record) => {
        this.recorder = recorder;
        try {
          const made = record();
          this.flush();
          return made;
        } finally {
          this.recorder = null;
        }
      },
      holds: (plan) => this.runner.holds(plan),
      rerun: (plan, graph) => {
        this.runner.execute(plan, graph, true);
        this.replays++;
      },
      notReplayed: (reason) => {
        this.notReplayed[reason] = (this.notReplayed[reason] ?? 0) + 1;
      },
    };
  }

  /** Within a trace only the value asked for is computed. */
  private computeForTrace(trace: Trace, value: Value): void {
    trace.checkReadable(value);
    if (value.producer) this.execute(collect(this.pending, (other) => other === value));
  }
}

/** The values of a tensor that is on the host; one for all of a fill. */
function onHost({ producer, data, fill }: Value): ArrayLike<number> | null {
  if (producer) return null;
  return fill === null ? data : [fill];
}
