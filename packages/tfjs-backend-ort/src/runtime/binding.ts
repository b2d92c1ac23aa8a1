import type { InferenceSession, Tensor as OrtTensor } from '@onestep/onnxruntime';
import { library, type NativeSession } from './library.js';
import type { Provider } from './provider.js';

export type NativeTensor = OrtTensor;
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** Wraps host memory (no copy) as a tensor that a session reads or writes in place. */
export function wrap(type: 'float32' | 'int32' | 'bool', data: TensorData, dims: readonly number[]): NativeTensor {
  return new (library().Tensor)(type as 'float32', data as Float32Array, dims);
}

/** The same memory on the device under other dimensions. */
export function viewOnDevice(tensor: NativeTensor, dims: readonly number[]): NativeTensor {
  return library().Tensor.fromGpuBuffer(tensor.gpuBuffer, { dataType: tensor.type as 'float32', dims });
}

export interface SessionOptions {
  threads: number;
  /** What runs the graph; the CPU by default. */
  provider?: Provider;
  /** Names of nodes that the WebGPU provider shall leave to the CPU. */
  leftToCpu?: readonly string[];
  /** Results stay on the provider's device. */
  onDevice?: boolean;
  /** An operator that the provider does not have is an error; otherwise onnxruntime runs it on the CPU. */
  strict?: boolean;
  /** Threads with nothing to do wait actively. */
  spin?: boolean;
  /** Writes an onnxruntime profile to this file prefix; see `Session.endProfiling`. */
  profile?: string;
}

function providers({ provider = 'cpu', leftToCpu = [] }: SessionOptions): object {
  if (provider === 'cpu') return {};
  const forced = leftToCpu.length > 0 ? { forceCpuNodeNames: leftToCpu } : {};
  return { executionProviders: [{ name: provider, ...forced }] };
}

/**
 * How long a thread waits actively before it sleeps. Between two operators a few microseconds pass; what waits for longer
 * waits for an operator that runs on one thread, and only takes the processor's power from it. Versions of onnxruntime
 * that do not know the setting wait as long as they always did.
 */
const SPIN_MICROSECONDS = '200';

/** Keeps sessions from the garbage collector, which would not wait for their buffers. */
const inUse = new Set<Session>();

/** One compiled graph. */
export class Session {
  private readonly session: NativeSession;
  /** Device buffers that it made and that are still in use. */
  private buffers = 0;
  private closing = false;

  constructor(model: Uint8Array, options: SessionOptions) {
    this.session = library().newSession();
    const native_options: InferenceSession.SessionOptions = {
      executionMode: 'sequential',
      intraOpNumThreads: options.threads,
      interOpNumThreads: 1,
      // The graph is already lowered to what should run. Optimizers would fold or fuse differently from plan to plan
      // and so change the last bits of a result, and they make compiling slower.
      graphOptimizationLevel: 'disabled',
      enableCpuMemArena: true,
      // Memory patterns nearly double the resident size of a training step.
      enableMemPattern: false,
      // What goes wrong is thrown; nothing needs to be printed as well.
      logSeverityLevel: 4,
      extra: {
        session: {
          intra_op: { allow_spinning: options.spin === false ? '0' : '1', spin_duration_us: SPIN_MICROSECONDS },
          ...(options.strict ? { disable_cpu_ep_fallback: '1' } : {}),
        },
      },
      ...providers(options),
      ...(options.onDevice ? { preferredOutputLocation: 'gpu-buffer' } : {}),
      ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
    };
    this.session.loadModel(model.buffer, model.byteOffset, model.byteLength, native_options);
  }

  /** Runs synchronously; every output is written into the tensor given for it. */
  run(feeds: Record<string, NativeTensor>, fetches: Record<string, NativeTensor>): void {
    library().withoutResults(() => this.session.run(feeds, fetches, {}));
  }

  /** Runs synchronously and returns new tensors, by output. */
  compute(feeds: Record<string, NativeTensor>, outputs: readonly string[]): NativeTensor[] {
    const results = this.session.run(feeds, Object.fromEntries(outputs.map((name) => [name, null])), {});
    return outputs.map((name) => results[name]!);
  }

  endProfiling(): void {
    this.session.endProfiling();
  }

  /** A device buffer made by this session is in use: it may not be freed after its session, which ends the process. */
  retain(): void {
    this.buffers++;
    inUse.add(this);
  }

  /** One such buffer was freed. */
  release(): void {
    if (--this.buffers > 0) return;
    inUse.delete(this);
    if (this.closing) this.session.dispose();
  }

  /** Frees the compiled graph and its memory arena, as soon as no device buffer needs it. */
  dispose(): void {
    this.closing = true;
    if (this.buffers === 0) this.session.dispose();
  }
}
