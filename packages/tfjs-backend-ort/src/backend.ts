import { backend_util, tidy, util } from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, NamedTensorMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import type { Counters } from './counters.js';
import { CpuFallback, fallbackError, type KernelInputs } from './cpu-fallback.js';
import { captureStack } from './ir/call-site.js';
import { kindOf } from './ir/kinds.js';
import type { NodeKind, RecordedNode } from './ir/node.js';
import { dataOf, failureError, fillOf, type NumericValue, type Value } from './ir/value.js';
import type { Dialect } from './lower/dialect.js';
import { sizeOf } from './lower/lowered-tensor.js';
import { type OrtMemory, reportMemory } from './memory/report.js';
import { Storage } from './memory/storage.js';
import { StoringBackend } from './memory/storing-backend.js';
import type { Kernel } from './ops/kernel.js';
import { currentOptions, type OrtOptions } from './options.js';
import { PARTS } from './plan/parallel/stages.js';
import { PendingOperations } from './pending.js';
import { Runner } from './plan/runner.js';
import { keptResultError, Trace, type Tracing } from './plan/trace.js';
import type { Draw } from './replay/recording.js';
import { Replayable, type Step } from './replay/replayable.js';
import { Replays } from './replays.js';
import type { TensorData } from './runtime/binding.js';
import { DeviceMemory } from './runtime/device.js';
import { library } from './runtime/library.js';
import { requireProvider } from './runtime/provider.js';
import { testedDialect } from './runtime/self-test.js';
import type { Attrs, TensorSpec } from './tensor-spec.js';

/**
 * A TensorFlow.js backend that records operations and, when a tensor is read, runs them as one compiled ONNX Runtime graph.
 */
export class OrtBackend extends StoringBackend {
  /** Whether an operation that needs a CPU kernel, here or inside onnxruntime, is an error. */
  forbidFallback = false;
  readonly options: OrtOptions;
  /**
   * The features of onnxruntime that passed the self-test and are used.
   *
   * @internal
   */
  readonly dialect: Dialect;

  /** Where results stay between runs; null for the host. */
  private readonly device: DeviceMemory | null;
  protected readonly storage: Storage;
  private readonly runner: Runner;
  private readonly pending: PendingOperations;
  private readonly replays: Replays;
  private readonly cpu = new CpuFallback();
  /** Set while a function is traced. Nothing runs then. */
  private trace: Trace | null = null;
  private nodes = 0;
  private readonly fallbacks: Counters['fallbacks'] = {};

  constructor(options: OrtOptions = currentOptions()) {
    super();
    this.options = options;
    requireProvider(options.provider);
    this.dialect = testedDialect(options.channelBlock, options.provider);
    // onnxruntime-node hands device memory from one run to the next for WebGPU only.
    this.device = options.provider === 'webgpu' ? new DeviceMemory(options.provider) : null;
    this.storage = new Storage(this, this.device);
    this.runner = new Runner(options, this.dialect, this.storage.pool, this.device);
    this.pending = new PendingOperations(options.maxPendingNodes, this.storage, this.runner, () => this.forbidFallback);
    this.replays = new Replays(this.storage, this.pending, this.runner, () => this.trace !== null);
  }

  /** Runs everything recorded so far. Operations that fail throw when their results are read or used. */
  flush(): void {
    if (!this.trace) this.pending.run();
  }

  protected get hasPending(): boolean {
    return this.pending.nodes.length > 0;
  }

  /**
   * Wraps a function, such as a training step, so that it is recorded only until its graph is known. From then on the
   * compiled graph runs without the function's JavaScript.
   *
   * The function may read and change its inputs and tf.Variables. Everything else keeps the value it had during the
   * recording: a learning rate that changes has to be an input. Replays start when two calls in a row, on inputs of the same
   * shapes, recorded the same graph. `counters()` counts them, and gives the reasons for calls that were recorded. The
   * function should not read tensors. Its results have no gradients; inside the function of a gradient it is always recorded.
   *
   * @param step maps tensors (or objects and arrays of tensors) by name to tensors by name
   */
  replayable<I extends object, O extends NamedTensorMap>(step: Step<I, O>): Step<I, O> {
    const replayable = new Replayable(step, this.replays);
    return (inputs) => replayable.call(inputs);
  }

  /**
   * Inside a replayable step, draws new values of a tensor that the step uploads at every replay.
   *
   * @param tensor the uploaded tensor, float32
   * @param draw returns as many new values
   */
  redrawn(tensor: Tensor, draw: Draw): void {
    if (!this.pending.recorder) return;
    const value = this.storage.of(tensor.dataId);
    // Values that are all 0 or all 1 this time may be others the next time.
    this.storage.expandFill(value);
    this.pending.recorder.onRedrawn(value, draw);
  }

  /** The number of parts of a batch that can be computed at the same time. {@link OrtBackend.setPart} assigns inputs to them. */
  get parallelParts(): number {
    const { threads, provider } = this.options;
    return threads > 1 && provider === 'cpu' && library().access === 'binding' ? PARTS : 1;
  }

  /** Inside a replayable step, says that a tensor which the step reads belongs to a part of the batch, from 0. */
  setPart(tensor: Tensor, part: number): void {
    this.storage.of(tensor.dataId).addToPart(part);
  }

  /**
   * Calls `run` in a tidy scope, where it records operations on placeholders. Nothing that depends on a placeholder is ever
   * computed.
   *
   * @internal
   * @throws what `run` throws
   * @throws Error if a tensor that depends on a placeholder is read, kept or needed by a CPU kernel
   */
  tracing<T>(run: (tracing: Tracing) => T): T {
    if (this.trace) throw new Error('An exported function cannot export another function.');
    this.flush();
    const trace = (this.trace = new Trace());
    let result: T;
    let kept: RecordedNode | undefined;
    try {
      tidy(() => {
        result = run({
          placeholder: (dtype, shape) => trace.placeholder(this.storage, dtype, shape),
          valueOf: (tensor) => this.storage.of(tensor.dataId),
          recorded: () => this.pending.nodes,
          read: (value) => this.readValue(value) as TensorData,
          uploads: trace.uploads,
        });
      });
    } finally {
      this.trace = null;
      const removed = trace.remove(this.pending.nodes);
      this.pending.nodes = removed.rest;
      kept = removed.kept;
      this.flush();
      this.storage.recycleRetired();
    }
    if (kept) throw keptResultError(kept);
    return result!;
  }

  /** What the backend has done so far. */
  counters(): Counters {
    const { compiles, runs } = this.runner;
    const { count: replays, notReplayed } = this.replays;
    const { nodes, fallbacks } = this;
    return { compiles, runs, nodes, fallbacks: { ...fallbacks }, replays, notReplayed: { ...notReplayed } };
  }

  /**
   * Records one operation and returns its outputs, or runs a CPU kernel if the operation cannot be lowered.
   *
   * @internal for kernels
   */
  record(kernel: Kernel, inputs: readonly TensorInfo[], attrs: Attrs, all: KernelInputs): TensorInfo | TensorInfo[] {
    const kind = kindOf(kernel, inputs as readonly TensorSpec[], attrs);
    if (kind === 'fallback') return this.fallback(kernel.name, all, attrs);
    // Checked now and not after the last operation: its operands may have been disposed of since.
    if (!this.trace && this.pending.isDue()) this.flush();
    const values = inputs.map((input) => this.storage.of(input.dataId));
    for (const { failure } of values) if (failure) throw failureError(failure);
    const copied = this.copyRangeOnHost(kind, values[0]);
    if (copied) return copied;
    kernel.check?.(inputs as readonly TensorSpec[], attrs, values.map(elementsOnHost));
    const node: RecordedNode = {
      kind,
      inputs: values,
      outputs: kind.outputs.map((spec) => this.storage.create(spec.dtype, util.sizeFromShape(spec.shape as number[]))),
      isNeeded: false,
      heldValues: this.storage.count,
      stack: this.options.traceOrigins ? captureStack() : null,
    };
    if (kernel.readsState) for (const input of node.inputs) this.storage.expandFill(input);
    for (const output of node.outputs) output.producer = node;
    this.pending.nodes.push(node);
    this.nodes++;
    const infos = node.outputs.map((dataId, i) => ({
      dataId,
      shape: kind.outputs[i]!.shape as number[],
      dtype: kind.outputs[i]!.dtype,
    }));
    return kind.returnsArray ? infos : infos[0]!;
  }

  /**
   * Copies a range of values on the host at once. As part of a graph, every other range (the batches of a large tensor, say)
   * would make another graph.
   */
  private copyRangeOnHost({ kernel, inputShapes, attrs, outputs }: NodeKind, x: Value | undefined): TensorInfo | null {
    if (!kernel.rangeOffset || !x || x.producer || this.device || this.trace) return null;
    const { shape, dtype } = outputs[0]!;
    const offset = kernel.rangeOffset(inputShapes[0]!, attrs, shape);
    if (offset === null) return null;
    return { dataId: this.storage.copyRange(x as NumericValue, offset, sizeOf(shape)), shape: [...shape], dtype };
  }

  /**
   * Runs a CPU kernel on the host.
   *
   * @internal for kernels
   * @param isCounted whether it counts as a fallback, and is refused while fallback is forbidden
   */
  fallback(name: string, inputs: KernelInputs, attrs: Attrs, isCounted = true): TensorInfo | TensorInfo[] {
    const tensors = Object.values(inputs).flat() as (TensorInfo | null | undefined)[];
    this.trace?.checkFallback(
      name,
      tensors.flatMap((x) => (x ? [this.storage.of(x.dataId)] : [])),
    );
    if (isCounted) {
      if (this.forbidFallback) throw fallbackError(name, inputs, attrs);
      this.fallbacks[name] = (this.fallbacks[name] ?? 0) + 1;
    }
    return this.cpu.run(name, inputs, attrs, this);
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): Value {
    const value = super.write(values, shape, dtype);
    const { contents } = value;
    const uploaded = contents.kind === 'complex' ? [value, contents.real, contents.imag] : [value];
    for (const upload of uploaded) {
      this.trace?.uploads.add(upload);
      this.pending.recorder?.uploads.add(upload);
    }
    return value;
  }

  override readSync(dataId: object): BackendValues {
    return this.readValue(this.storage.of(dataId));
  }

  private readValue(value: Value): BackendValues {
    const { contents } = value;
    if (contents.kind === 'strings') return contents.values;
    if (contents.kind === 'complex') {
      return backend_util.mergeRealAndImagArrays(
        this.readSync(contents.real) as Float32Array,
        this.readSync(contents.imag) as Float32Array,
      );
    }
    this.trace?.checkReadable(value);
    if (value.producer) {
      if (this.trace) this.pending.compute(value);
      else this.flush();
    }
    if (value.failure) throw failureError(value.failure);
    return this.storage.copyOf(value);
  }

  /** Part of the result of `tf.memory()`. */
  override memory(): OrtMemory {
    return reportMemory(this.storage, this.pending.nodes, this.runner.planBytes, this.device);
  }

  /** Writes the onnxruntime profiles that the option `profile` enables. */
  endProfiling(): void {
    this.runner.endProfiling();
  }

  override dispose(): void {
    this.pending.nodes = [];
    this.runner.clear();
    this.device?.dispose();
    this.storage.clear();
    this.cpu.dispose();
  }
}

/** The elements of a value on the host, or null if they are not there. A fill gives its one number. */
function elementsOnHost(value: Value): ArrayLike<number> | null {
  if (value.producer) return null;
  const fill = fillOf(value);
  return fill === null ? dataOf(value) : [fill];
}
