import type { InferenceSession, Tensor as OrtTensor } from '@onestep/onnxruntime';
import { library, type NativeSession } from './library.js';
import type { Provider } from './provider.js';

export type NativeTensor = OrtTensor;
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** Wraps host memory, without a copy, as a tensor that a session reads or writes in place. */
export function wrap(type: 'float32' | 'int32' | 'bool', data: TensorData, dims: readonly number[]): NativeTensor {
  return new (library().Tensor)(type as 'float32', data as Float32Array, dims);
}

/** A view of the same device memory with other dimensions. */
export function viewOnDevice(tensor: NativeTensor, dims: readonly number[]): NativeTensor {
  return library().Tensor.fromGpuBuffer(tensor.gpuBuffer, { dataType: tensor.type as 'float32', dims });
}

export interface SessionOptions {
  threads: number;
  /** The execution provider that runs the graph. Default: the CPU. */
  provider?: Provider;
  /** Names of nodes that the WebGPU provider must leave to the CPU. */
  cpuNodes?: readonly string[];
  /** Whether results stay on the provider's device. */
  onDevice?: boolean;
  /** Whether an operator that the provider lacks is an error. Otherwise onnxruntime runs it on the CPU. */
  strict?: boolean;
  /** Whether onnxruntime optimizes the graph, as it does for everybody by default. Default: false. */
  optimize?: boolean;
  /** Whether constant operands are packed in advance, which rounds a product differently. Default: true. */
  prepack?: boolean;
  /** Whether idle threads spin. Default: true. */
  spin?: boolean;
  /** File prefix of an onnxruntime profile; see `Session.endProfiling`. */
  profile?: string;
}

function providers({ provider = 'cpu', cpuNodes = [] }: SessionOptions): object {
  if (provider === 'cpu') return {};
  const forced = cpuNodes.length > 0 ? { forceCpuNodeNames: cpuNodes } : {};
  return { executionProviders: [{ name: provider, ...forced }] };
}

/**
 * How long an idle thread spins before it sleeps. Between two operators a few microseconds pass. A thread that waits longer
 * waits for an operator that runs on one thread, and spinning only slows that one down. Versions of onnxruntime that do not
 * know the setting use their own default.
 */
const SPIN_MICROSECONDS = '200';

/** The options as the binding takes them. */
export function nativeOptions(options: SessionOptions): InferenceSession.SessionOptions {
  return {
    executionMode: 'sequential',
    intraOpNumThreads: options.threads,
    interOpNumThreads: 1,
    // The graph is already lowered to what should run. Optimizers would fold or fuse differently from plan to plan, which
    // changes the last bits of a result, and they make compiling slower.
    graphOptimizationLevel: options.optimize === true ? 'all' : 'disabled',
    enableCpuMemArena: true,
    // Memory patterns nearly double the resident size of a training step.
    enableMemPattern: false,
    // Errors are thrown, so they need not be printed as well.
    logSeverityLevel: 4,
    extra: {
      session: {
        intra_op: { allow_spinning: options.spin === false ? '0' : '1', spin_duration_us: SPIN_MICROSECONDS },
        ...(options.strict ? { disable_cpu_ep_fallback: '1' } : {}),
        ...(options.prepack === false ? { disable_prepacking: '1' } : {}),
      },
    },
    ...providers(options),
    ...(options.onDevice ? { preferredOutputLocation: 'gpu-buffer' } : {}),
    ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
  };
}

/** Protects sessions from garbage collection, which would not wait for their buffers. */
const inUse = new Set<Session>();

/** One compiled graph. */
export class Session {
  private readonly session: NativeSession;
  /** Number of device buffers created by the session that are still in use. */
  private buffers = 0;
  private isClosing = false;

  constructor(model: Uint8Array, options: SessionOptions) {
    this.session = library().newSession();
    this.session.loadModel(model.buffer, model.byteOffset, model.byteLength, nativeOptions(options));
  }

  /** Runs synchronously. Every output is written into the tensor passed for it. */
  run(feeds: Record<string, NativeTensor>, fetches: Record<string, NativeTensor>): void {
    library().withoutResults(() => this.session.run(feeds, fetches, {}));
  }

  /** Runs synchronously and returns new tensors, in the order of `outputs`. */
  compute(feeds: Record<string, NativeTensor>, outputs: readonly string[]): NativeTensor[] {
    const results = this.session.run(feeds, Object.fromEntries(outputs.map((name) => [name, null])), {});
    return outputs.map((name) => results[name]!);
  }

  endProfiling(): void {
    this.session.endProfiling();
  }

  /** Counts a device buffer of this session as in use. Freeing a buffer after its session would crash the process. */
  retain(): void {
    this.buffers++;
    inUse.add(this);
  }

  /** Counts a device buffer of this session as freed. */
  release(): void {
    if (--this.buffers > 0) return;
    inUse.delete(this);
    if (this.isClosing) this.session.dispose();
  }

  /** Frees the compiled graph and its memory arena, as soon as no device buffer needs it. */
  dispose(): void {
    this.isClosing = true;
    if (this.buffers === 0) this.session.dispose();
  }
}
