import { setImmediate as nextTurn } from 'node:timers/promises';
import { KernelBackend, type BackendValues, type DataType, type TensorInfo } from '@tensorflow/tfjs-core';
import type { ComplexParts, Value } from '../ir/value.js';
import type { Storage } from './storage.js';

/** The part of a tfjs backend that does not depend on how it computes: who holds which tensor, how they come and go. */
export abstract class StoringBackend extends KernelBackend {
  protected abstract readonly storage: Storage;

  /** Whether operations are recorded that may read values nobody holds any more. */
  protected abstract get busy(): boolean;

  /** Computes what is recorded. */
  abstract flush(): void;

  override async read(dataId: object): Promise<BackendValues> {
    const values = this.readSync(dataId);
    // A loop of awaited reads would otherwise never let timers and signal handlers (Ctrl-C) run.
    await nextTurn();
    return values;
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): Value {
    return this.storage.upload(values, shape, dtype);
  }

  override move(dataId: object, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    this.storage.adopt(dataId, this.write(values, shape, dtype), refCount);
  }

  /** Complex numbers made of two real tensors, whose storage they share. */
  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    return this.storage.complex(real, imag);
  }

  /** The real or the imaginary part of complex numbers, as another tensor on its storage. */
  complexPart(x: TensorInfo, name: keyof ComplexParts): TensorInfo {
    return this.storage.complexPart(x, name);
  }

  override disposeData(dataId: object, force = false): boolean {
    return this.storage.release(dataId, force, this.busy);
  }

  override incRef(dataId: object): void {
    this.storage.of(dataId).refCount++;
  }

  override refCount(dataId: object): number {
    return this.storage.known(dataId)?.refCount ?? 0;
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
