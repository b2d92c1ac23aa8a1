import type { Tensor as OrtTensor } from '@onestep/onnxruntime';
import { nativeCall } from '../native-calls/call-table.js';
import type { NativeSession } from './library.js';

/** A session whose thread is not ended while it is called. */
export class ProtectedSession implements NativeSession {
  private readonly session: NativeSession;

  constructor(create: () => NativeSession) {
    this.session = nativeCall(create);
  }

  loadModel(buffer: ArrayBufferLike, byteOffset: number, byteLength: number, options: object): void {
    nativeCall(() => this.session.loadModel(buffer, byteOffset, byteLength, options));
  }

  run(
    feeds: Record<string, OrtTensor>,
    fetches: Record<string, OrtTensor | null>,
    options: object,
  ): Record<string, OrtTensor> {
    return nativeCall(() => this.session.run(feeds, fetches, options));
  }

  endProfiling(): void {
    nativeCall(() => this.session.endProfiling());
  }

  dispose(): void {
    nativeCall(() => this.session.dispose());
  }
}
