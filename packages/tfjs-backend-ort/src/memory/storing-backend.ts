import { setImmediate as nextTurn } from 'node:timers/promises';
import { KernelBackend, type BackendValues, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Value } from '../ir/value.js';
import type { Storage } from './storage.js';

/** The part of a tfjs backend that does not depend on how it computes: creating, sharing and disposing of tensors. */
export abstract class StoringBackend extends KernelBackend {
  protected abstract readonly storage: Storage;

  /** Whether recorded operations may read values that no tensor holds any more. */
  protected abstract get hasPending(): boolean;

  /** Computes everything recorded so far. */
  abstract flush(): void;

  override async read(dataId: object): Promise<BackendValues> {
    const values = this.readSync(dataId);
    // Otherwise a loop of awaited reads would never let timers and signal handlers (Ctrl-C) run.
    await nextTurn();
    return values;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): Value {
    return this.storage.upload(values, shape, dtype);
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    this.storage.adopt(dataId, this.write(values, shape, dtype), refCount);
  }

  /**
   * Creates complex numbers from two real tensors, and shares their storage.
   *
   * @internal for kernels
   */
  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    return this.storage.complex(real, imag);
  }

  /**
   * The real or the imaginary part of complex numbers, as another tensor on its storage.
   *
   * @internal for kernels
   */
  complexPart(x: TensorInfo, name: 'real' | 'imag'): TensorInfo {
    return this.storage.complexPart(x, name);
  }

  override disposeData(dataId: object, force = false): boolean {
    return this.storage.release(dataId, { force, isRead: this.hasPending });
  }

  override incRef(dataId: object): void {
    this.storage.of(dataId).refCount++;
  }

  override refCount(dataId: object): number {
    return this.storage.find(dataId)?.refCount ?? 0;
  }

  override numDataIds(): number {
    return this.storage.count;
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
}
