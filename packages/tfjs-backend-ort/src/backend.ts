import { setImmediate as nextTurn } from 'node:timers/promises';
import { backend_util, DataStorage, engine, KernelBackend, tidy, util } from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, NumericDataType, TensorInfo } from '@tensorflow/tfjs-core';
import { CpuFallback } from './fallback.js';
import { kindOf } from './ir/kinds.js';
import { describe, type RecordedNode } from './ir/node.js';
import { Value, type ComplexParts, type LiveValue, type NumericType } from './ir/value.js';
import type { Attrs, InputSpec, Kernel } from './kernels/kernel.js';
import type { Dialect } from './lower/dialect.js';
import { allocate, BufferPool } from './memory/pool.js';
import { currentOptions, spinsNow, type OrtOptions } from './options.js';
import { PlanCache } from './plan/cache.js';
import { collect, type PendingGraph } from './plan/graph.js';
import { salvage } from './plan/salvage.js';
import { Trace, type Tracing } from './plan/trace.js';
import { Plan } from './plan/plan.js';
import type { TensorData } from './runtime/binding.js';
import { DeviceMemory } from './runtime/device.js';
import { requireProvider } from './runtime/provider.js';
import { testedDialect } from './runtime/self-test.js';

/** What the backend has done so far. */
export interface Counters {
  /** Graphs compiled. A training loop stops compiling after its first step or two. */
  compiles: number;
  /** Graphs run. */
  runs: number;
  /** Operations recorded. */
  nodes: number;
  /** Operations done by CPU kernels instead, by kernel name. */
  fallbacks: Record<string, number>;
}

/** Uploads below this size are not examined for being all 0 or all 1: feeding them costs less. */
const FILL_MIN_SIZE = 1024;

/**
 * A TensorFlow.js backend that records operations and runs them, when something is read, as one compiled ONNX
 * Runtime graph.
 */
export class OrtBackend extends KernelBackend {
  /** Makes an operation that would fall back to a CPU kernel, here or inside onnxruntime, an error. */
  forbidFallback = false;
  readonly options: OrtOptions;
  /** What of onnxruntime passed the self-test and is used. */
  readonly dialect: Dialect;

  private pending: RecordedNode[] = [];
  /** Buffers of disposed tensors that recorded operations may still read. */
  private retired: LiveValue[] = [];
  private readonly pool = new BufferPool();
  /** Where results stay between runs, unless that is on the host. */
  private readonly device: DeviceMemory | null;
  private readonly plans: PlanCache;
  private readonly cpu = new CpuFallback();
  /** Tensors that came from another backend keep that backend's dataId. */
  private readonly adopted: DataStorage<Value>;
  private values = 0;
  /** Set while a function is being traced: nothing runs then. */
  private trace: Trace | null = null;
  private readonly counts: Counters = { compiles: 0, runs: 0, nodes: 0, fallbacks: {} };

  constructor(options: OrtOptions = currentOptions()) {
    super();
    this.options = options;
    requireProvider(options.provider);
    this.dialect = testedDialect(options.channelBlock, options.provider);
    // Of what onnxruntime-node runs on, only WebGPU's memory can be handed from one run to the next.
    this.device = options.provider === 'webgpu' ? new DeviceMemory(options.provider) : null;
    this.plans = new PlanCache(options.maxPlans);
    this.adopted = new DataStorage(this, engine());
  }

  /** Runs everything recorded so far. What cannot be computed throws when it is read or used, and only that. */
  flush(): void {
    if (this.pending.length === 0 || this.trace) return;
    const recorded = this.pending;
    this.pending = [];
    try {
      const graph = collect(recorded);
      if (graph.outputs.length > 0) this.execute(graph);
    } catch (error) {
      salvage(recorded, error, (graph) => this.execute(graph));
    } finally {
      for (const node of recorded) for (const output of node.outputs) output.producer = null;
      this.recycleRetired();
    }
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
          placeholder: (dtype, shape) => {
            const dataId = this.newValue(dtype, util.sizeFromShape([...shape]));
            trace.placeholders.add(dataId);
            return engine().makeTensorFromTensorInfo({ dataId, shape: [...shape], dtype: dtype as NumericDataType });
          },
          storageOf: (tensor) => this.storageOf(tensor.dataId),
          recorded: () => this.pending,
          values: (value) => this.valuesOf(value) as TensorData,
          uploads: trace.uploads,
        });
      });
    } finally {
      this.trace = null;
      ({ rest: this.pending, kept } = trace.remove(this.pending));
      this.flush();
      this.recycleRetired();
    }
    if (kept) {
      throw new Error(
        `A function that is being exported keeps the result of ${describe(kept.kind)}, which depends on its inputs ` +
          '(in a variable, or with tf.keep). It may only return such tensors.',
      );
    }
    return result!;
  }

  counters(): Counters {
    return { ...this.counts, fallbacks: { ...this.counts.fallbacks } };
  }

  /** Records one operation and returns its outputs, or runs a CPU kernel where it cannot be lowered. */
  record(kernel: Kernel, inputs: readonly TensorInfo[], attrs: Attrs, all: CpuInputs): TensorInfo | TensorInfo[] {
    const kind = kindOf(kernel, inputs as readonly InputSpec[], attrs);
    if (kind === 'fallback') return this.fallback(kernel.name, all, attrs);
    const values = inputs.map((input) => this.storageOf(input.dataId));
    for (const { failure } of values) if (failure) throw failed(failure);
    kernel.check?.(inputs as readonly InputSpec[], attrs, values.map(onHost));
    const node: RecordedNode = {
      kind,
      inputs: values,
      outputs: kind.outputs.map((spec) => this.newValue(spec.dtype, util.sizeFromShape(spec.shape as number[]))),
      needed: false,
    };
    if (kernel.fed) for (const input of node.inputs) this.materialise(input);
    for (const output of node.outputs) output.producer = node;
    this.pending.push(node);
    this.counts.nodes++;
    if (this.pending.length >= this.options.maxPendingNodes) this.flush();
    const infos = node.outputs.map((dataId, i) => ({
      dataId,
      shape: kind.outputs[i]!.shape as number[],
      dtype: kind.outputs[i]!.dtype,
    }));
    return kind.several ? infos : infos[0]!;
  }

  /** Runs a CPU kernel on the host. */
  fallback(name: string, inputs: CpuInputs, attrs: Attrs, count = true): TensorInfo | TensorInfo[] {
    this.trace?.checkFallback(name, this.storagesOf(inputs));
    if (count) {
      if (this.forbidFallback) {
        const shapes = Object.entries(inputs).map(([key, x]) => (x ? `${key} ${x.dtype} [${x.shape}]` : `${key} none`));
        throw new Error(
          `Kernel '${name}' is not lowered by the ort backend for ${shapes.join(', ') || 'no inputs'} ` +
            `(attributes ${JSON.stringify(attrs)}), and CPU fallback is forbidden here. ` +
            `Set forbidFallback = false on the backend to run it with the CPU kernel.`,
        );
      }
      this.counts.fallbacks[name] = (this.counts.fallbacks[name] ?? 0) + 1;
    }
    return this.cpu.run(name, inputs, attrs, this);
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): Value {
    const value = this.newValue(dtype, util.sizeFromShape(shape));
    this.store(value, values);
    this.trace?.uploads.add(value);
    return value;
  }

  /** Complex numbers made of two real tensors, whose storage they share. */
  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    const parts = { real: this.storageOf(real.dataId), imag: this.storageOf(imag.dataId) };
    const dataId = this.newValue('complex64', util.sizeFromShape(real.shape));
    for (const part of Object.values(parts)) part.refCount++;
    dataId.parts = parts;
    return { dataId, shape: real.shape, dtype: 'complex64' };
  }

  /** The real or the imaginary part of complex numbers, as another tensor on its storage. */
  complexPart(x: TensorInfo, name: keyof ComplexParts): TensorInfo {
    const part = this.storageOf(x.dataId).parts![name];
    part.refCount++;
    return { dataId: part, shape: x.shape, dtype: 'float32' };
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    const value = this.write(values, shape, dtype);
    value.refCount = refCount;
    this.adopted.set(dataId, value);
  }

  override readSync(dataId: object): BackendValues {
    return this.valuesOf(this.storageOf(dataId));
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
    if (value.data) return value.data.slice();
    if (value.device) {
      const values = allocate(value.dtype as NumericType, value.size);
      this.device!.download(value.device, value.dtype as NumericType, values);
      return values;
    }
    if (value.fill !== null) return allocate(value.dtype as NumericType, value.size).fill(value.fill);
    throw new Error(`The ort backend has no values for a tensor of type ${value.dtype} and size ${value.size}.`);
  }

  override async read(dataId: object): Promise<BackendValues> {
    const values = this.readSync(dataId);
    // A loop of awaited reads would otherwise never let timers and signal handlers (Ctrl-C) run.
    await nextTurn();
    return values;
  }

  override disposeData(dataId: object, force = false): boolean {
    const value = this.known(dataId);
    if (!value) return true;
    if (--value.refCount > 0 && !force) return false;
    value.refCount = 0;
    value.disposed = true;
    this.values--;
    for (const part of Object.values(value.parts ?? {})) this.disposeData(part);
    if (!(dataId instanceof Value) || dataId !== value) this.adopted.delete(dataId);
    if (value.pooled || value.device) {
      if (this.pending.length > 0) this.retired.push(value as LiveValue);
      else this.recycleBuffer(value as LiveValue);
    }
    return true;
  }

  override incRef(dataId: object): void {
    this.storageOf(dataId).refCount++;
  }

  override refCount(dataId: object): number {
    return this.known(dataId)?.refCount ?? 0;
  }

  override numDataIds(): number {
    return this.values;
  }

  override memory() {
    const pooledBytes = this.pool.freeBytes;
    if (!this.device) return { unreliable: false, pooledBytes };
    const reasons = ['numBytesInGPU counts tensors; what onnxruntime keeps on the device besides, it does not tell.'];
    return { unreliable: true, reasons, pooledBytes, numBytesInGPU: this.device.bytes };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override async time(run: () => void): Promise<{ kernelMs: number }> {
    this.flush();
    const start = performance.now();
    run();
    this.flush();
    return { kernelMs: performance.now() - start };
  }

  /** Finishes the onnxruntime profiles asked for with the option `profile`. */
  endProfiling(): void {
    for (const plan of this.plans.plans()) plan.endProfiling();
  }

  override dispose(): void {
    this.pending = [];
    this.retired = [];
    this.plans.clear();
    this.device?.dispose();
    this.pool.clear();
    this.cpu.dispose();
  }

  private execute(graph: PendingGraph): void {
    let plan = this.plans.find(graph.signature);
    if (!plan) {
      const { threads, profile, provider } = this.options;
      const prefix = profile && `${profile}-${this.counts.compiles}`;
      plan = Plan.compile(graph, this.dialect, {
        provider,
        onDevice: this.device !== null,
        strict: this.forbidFallback && provider !== 'cpu',
        threads,
        spin: spinsNow(this.options),
        profile: prefix,
      });
      this.plans.add(plan);
      this.counts.compiles++;
    }
    if (this.device) {
      plan.runOnDevice(graph, this.device);
      this.counts.runs++;
      for (const output of graph.outputs) output.producer = null;
      return;
    }
    const buffers = plan.run(graph, (dtype, size) => this.pool.take(dtype, size));
    this.counts.runs++;
    graph.outputs.forEach((output, i) => {
      output.data = buffers[i]!;
      output.pooled = true;
      output.producer = null;
    });
  }

  /** Within a trace only the value asked for is computed. */
  private computeForTrace(trace: Trace, value: Value): void {
    trace.checkReadable(value);
    if (value.producer) this.execute(collect(this.pending, (other) => other === value));
  }

  private newValue(dtype: DataType, size: number): Value {
    this.values++;
    return new Value(dtype, size);
  }

  private store(value: Value, values: BackendValues): void {
    const { dtype } = value;
    if (dtype === 'complex64') {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
      value.parts = {
        real: this.write(real, [value.size], 'float32'),
        imag: this.write(imag, [value.size], 'float32'),
      };
      return;
    }
    if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
      value.foreign = values;
      return;
    }
    const array = values as TensorData;
    value.fill = uniform(array);
    if (value.fill !== null) return;
    // Copied: what is recorded runs later, and the caller may reuse the array before that.
    value.data = this.pool.take(dtype, value.size);
    value.pooled = true;
    value.data.set(array);
  }

  /** Turns an upload of all 0 or 1 into ordinary data. */
  private materialise(value: Value): void {
    if (value.fill === null) return;
    value.data = this.pool.take(value.dtype as NumericType, value.size).fill(value.fill);
    value.pooled = true;
    value.fill = null;
  }

  private recycleRetired(): void {
    for (const value of this.retired) this.recycleBuffer(value);
    this.retired = [];
  }

  private recycleBuffer(value: LiveValue): void {
    if (value.data) this.pool.release(value.dtype, value.data);
    value.data = null;
    value.device?.release();
    value.device = null;
    value.feed = null;
    value.pooled = false;
  }

  /** The storage behind a dataId, fetched from another backend where that still has it. */
  private storageOf(dataId: object): Value {
    return dataId instanceof Value && !dataId.disposed ? dataId : this.adopted.get(dataId);
  }

  private storagesOf(inputs: CpuInputs): Value[] {
    const tensors = Object.values(inputs).flat() as (TensorInfo | null | undefined)[];
    return tensors.flatMap((tensor) => (tensor ? [this.storageOf(tensor.dataId)] : []));
  }

  private known(dataId: object): Value | null {
    if (dataId instanceof Value && !dataId.disposed) return dataId;
    return this.adopted.has(dataId) ? this.adopted.get(dataId) : null;
  }
}

/** A new error every time, so that the stack shows who wanted the value. */
function failed({ kernel, error }: NonNullable<Value['failure']>): Error {
  const message = error instanceof Error ? error.message : String(error);
  return new Error(`The ort backend could not compute the result of ${kernel}: ${message}`, { cause: error });
}

/** A kernel's named inputs, as tfjs passes them. */
export type CpuInputs = Record<string, TensorInfo | null | undefined>;

/** The values of a tensor that is on the host; one for all of a fill. */
function onHost({ producer, data, fill }: Value): ArrayLike<number> | null {
  if (producer) return null;
  return fill === null ? data : [fill];
}

/** 0 or 1 where all elements of a large upload are that number. */
function uniform(values: TensorData): 0 | 1 | null {
  const first = values[0];
  if (values.length < FILL_MIN_SIZE || (first !== 0 && first !== 1)) return null;
  for (let i = 0; i < values.length; i++) if (values[i] !== first || Object.is(values[i], -0)) return null;
  return first;
}
