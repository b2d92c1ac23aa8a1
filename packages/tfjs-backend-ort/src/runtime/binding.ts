import type { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-common';
import { library, type NativeSession } from './library.js';

export type NativeTensor = OrtTensor;
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** Wraps host memory (no copy) as a tensor that a session reads or writes in place. */
export function wrap(type: 'float32' | 'int32' | 'bool', data: TensorData, dims: readonly number[]): NativeTensor {
  return new (library().Tensor)(type as 'float32', data as Float32Array, dims);
}

export interface SessionOptions {
  threads: number;
  /** Threads with nothing to do wait actively. */
  spin?: boolean;
  /** Writes an onnxruntime profile to this file prefix; see `Session.endProfiling`. */
  profile?: string;
}

/** One compiled graph. */
export class Session {
  private readonly session: NativeSession;

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
      extra: { session: { intra_op: { allow_spinning: options.spin === false ? '0' : '1' } } },
      ...(options.profile ? { enableProfiling: true, profileFilePrefix: options.profile } : {}),
    };
    this.session.loadModel(model.buffer, model.byteOffset, model.byteLength, native_options);
  }

  /** Runs synchronously; every output is written into the tensor given for it. */
  run(feeds: Record<string, NativeTensor>, fetches: Record<string, NativeTensor>): void {
    this.session.run(feeds, fetches, {});
  }

  endProfiling(): void {
    this.session.endProfiling();
  }

  /** Frees the compiled graph and its memory arena. */
  dispose(): void {
    this.session.dispose();
  }
}
