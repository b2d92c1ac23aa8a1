import { backend_util, DataStorage, engine, util } from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { type Contents, fillOf, NO_CONTENTS, type NumericValue, Value } from '../ir/value.js';
import type { TensorData } from '../runtime/binding.js';
import type { DeviceMemory } from '../runtime/device.js';
import type { NumericType } from '../tensor-spec.js';
import { allocate, BufferPool } from './pool.js';

/** Smaller uploads are not examined for being all 0 or all 1: feeding them costs less. */
const FILL_MIN_SIZE = 1024;

/**
 * The storage behind one backend's tensors: which dataId is which value, how long values live, and where their elements are
 * (on the host in recycled buffers, or on a device).
 */
export class Storage {
  readonly pool = new BufferPool();
  /** Disposed values that recorded operations may still read. */
  private retired: NumericValue[] = [];
  /** Host bytes of the retired values. */
  retiredBytes = 0;
  /** Number of values that tensors hold. */
  count = 0;
  /** Tensors that came from another backend keep that backend's dataId. */
  private readonly adopted: DataStorage<Value>;

  /**
   * @param backend the backend that the tensors belong to
   * @param device where results stay between runs; null for the host
   */
  constructor(
    backend: KernelBackend,
    private readonly device: DeviceMemory | null,
  ) {
    this.adopted = new DataStorage(backend, engine());
  }

  /** Creates a value without contents. */
  create(dtype: DataType, size: number): Value {
    this.count++;
    return new Value(dtype, size, this);
  }

  /** Stores an upload. */
  upload(values: BackendValues, shape: readonly number[], dtype: DataType): Value {
    const value = this.create(dtype, util.sizeFromShape([...shape]));
    if (dtype === 'complex64') {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
      value.contents = {
        kind: 'complex',
        real: this.upload(real, shape, 'float32'),
        imag: this.upload(imag, shape, 'float32'),
      };
    } else if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') {
      const array = values as TensorData;
      const fill = findFill(array);
      if (fill === null) this.store(value as NumericValue, array);
      else value.contents = { kind: 'fill', fill };
    } else {
      value.contents = { kind: 'strings', values };
    }
    return value;
  }

  /** Stores numbers on the host, even if they are all 0 or all 1. */
  hold(dtype: NumericType, values: TensorData): NumericValue {
    const value = this.create(dtype, values.length) as NumericValue;
    this.store(value, values);
    return value;
  }

  /** Copies `size` elements of a value on the host. */
  copyRange(whole: NumericValue, offset: number, size: number): Value {
    const value = this.create(whole.dtype, size);
    const { contents } = whole;
    if (contents.kind === 'host') this.store(value as NumericValue, contents.data.subarray(offset, offset + size));
    else value.contents = contents;
    return value;
  }

  /** Stores a value that another backend had under its own dataId. */
  adopt(dataId: object, value: Value, refCount: number): void {
    value.refCount = refCount;
    this.adopted.set(dataId, value);
  }

  /** The value of a dataId. It is fetched from another backend if that has it. */
  of(dataId: object): Value {
    return this.owns(dataId) ? dataId : this.adopted.get(dataId);
  }

  /** The value of a dataId, or null if this backend does not have it. */
  find(dataId: object): Value | null {
    if (this.owns(dataId)) return dataId;
    return this.adopted.has(dataId) ? this.adopted.get(dataId) : null;
  }

  private owns(dataId: object): dataId is Value {
    return dataId instanceof Value && dataId.owner === this && !dataId.isDisposed;
  }

  /** Creates complex numbers from two real tensors, and shares their values. */
  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    const parts = { real: this.of(real.dataId), imag: this.of(imag.dataId) };
    const dataId = this.create('complex64', util.sizeFromShape(real.shape));
    parts.real.refCount++;
    parts.imag.refCount++;
    dataId.contents = { kind: 'complex', ...parts };
    return { dataId, shape: real.shape, dtype: 'complex64' };
  }

  /** The real or the imaginary part of complex numbers, as another tensor on the same value. */
  complexPart(x: TensorInfo, name: 'real' | 'imag'): TensorInfo {
    const { contents } = this.of(x.dataId);
    if (contents.kind !== 'complex') throw new Error(`The ort backend has no complex numbers for [${x.shape}].`);
    const part = contents[name];
    part.refCount++;
    return { dataId: part, shape: x.shape, dtype: 'float32' };
  }

  /**
   * Copies the elements of a value.
   *
   * @throws Error if they have not been computed
   */
  copyOf(value: Value): TensorData {
    const { contents, dtype, size } = value;
    if (contents.kind === 'host') return contents.data.slice();
    if (contents.kind !== 'device' && contents.kind !== 'fill') {
      throw new Error(`The ort backend has no values for a tensor of type ${dtype} and size ${size}.`);
    }
    const values = allocate(dtype as NumericType, size);
    if (contents.kind === 'device') this.device!.download(contents.buffer, dtype as NumericType, values);
    else values.fill(contents.fill);
    return values;
  }

  /** Turns a fill into elements on the host. Other values stay as they are. */
  expandFill(value: Value): void {
    const fill = fillOf(value);
    if (fill === null) return;
    const data = this.pool.take(value.dtype as NumericType, value.size).fill(fill);
    value.contents = { kind: 'host', data, isPooled: true, feed: null };
  }

  /**
   * Removes one holder of a value.
   *
   * @param force disposes of the value even if it has other holders
   * @param isRead whether recorded operations may still read it
   * @returns whether the value is disposed of
   */
  release(dataId: object, { force, isRead }: { force: boolean; isRead: boolean }): boolean {
    const value = this.find(dataId);
    if (!value) return true;
    if (--value.refCount > 0 && !force) return false;
    value.refCount = 0;
    value.isDisposed = true;
    this.count--;
    const { contents } = value;
    if (contents.kind === 'complex') {
      for (const part of [contents.real, contents.imag]) this.release(part, { force: false, isRead });
    }
    if (dataId !== value) this.adopted.delete(dataId);
    if (!isRecyclable(contents)) return true;
    if (isRead) {
      this.retired.push(value as NumericValue);
      if (contents.kind === 'host') this.retiredBytes += contents.data.byteLength;
    } else {
      this.recycle(value as NumericValue);
    }
    return true;
  }

  /** Frees disposed values. Called when everything recorded has run. */
  recycleRetired(): void {
    for (const value of this.retired) this.recycle(value);
    this.retired = [];
    this.retiredBytes = 0;
  }

  /** Forgets all values. */
  clear(): void {
    this.retired = [];
    this.retiredBytes = 0;
    this.pool.clear();
  }

  private store(value: NumericValue, values: TensorData): void {
    // Copied: recorded operations run later, and the caller may reuse the array before that.
    const data = this.pool.take(value.dtype, value.size);
    data.set(values);
    value.contents = { kind: 'host', data, isPooled: true, feed: null };
  }

  private recycle(value: NumericValue): void {
    const { contents } = value;
    if (contents.kind === 'host') this.pool.release(value.dtype, contents.data);
    if (contents.kind === 'device') contents.buffer.release();
    value.contents = NO_CONTENTS;
  }
}

const isRecyclable = (contents: Contents) =>
  contents.kind === 'device' || (contents.kind === 'host' && contents.isPooled);

/** Returns 0 or 1 if all elements of a large upload are that number, else null. */
function findFill(values: TensorData): 0 | 1 | null {
  const first = values[0];
  if (values.length < FILL_MIN_SIZE || (first !== 0 && first !== 1)) return null;
  for (let i = 0; i < values.length; i++) if (values[i] !== first || Object.is(values[i], -0)) return null;
  return first;
}
