import { backend_util, DataStorage, engine, util } from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, KernelBackend, TensorInfo } from '@tensorflow/tfjs-core';
import { Value, type ComplexParts, type NumericValue } from '../ir/value.js';
import type { TensorData } from '../runtime/binding.js';
import type { DeviceMemory } from '../runtime/device.js';
import { allocate, BufferPool } from './pool.js';
import type { NumericType } from '../tensor-spec.js';

/** Uploads below this size are not examined for being all 0 or all 1: feeding them costs less. */
const FILL_MIN_SIZE = 1024;

/**
 * The storage behind one backend's tensors: which dataId means which value, how long it lives, and where its numbers are
 * (on the host in recycled buffers, or on a device).
 */
export class Storage {
  readonly pool = new BufferPool();
  /** Disposed values that recorded operations may still read. */
  private retired: NumericValue[] = [];
  /** Host bytes of those. */
  retiredBytes = 0;
  /** Values somebody holds. */
  count = 0;
  /** Tensors that came from another backend keep that backend's dataId. */
  private readonly adopted: DataStorage<Value>;

  /**
   * @param backend whose tensors these are
   * @param device where results stay between runs; null: on the host
   */
  constructor(
    backend: KernelBackend,
    private readonly device: DeviceMemory | null,
  ) {
    this.adopted = new DataStorage(backend, engine());
  }

  /** A value that something will be stored in, or that an operation will produce. */
  create(dtype: DataType, size: number): Value {
    this.count++;
    return new Value(dtype, size, this);
  }

  /** Stores an upload. */
  upload(values: BackendValues, shape: readonly number[], dtype: DataType): Value {
    const value = this.create(dtype, util.sizeFromShape([...shape]));
    if (dtype === 'complex64') {
      const { real, imag } = backend_util.splitRealAndImagArrays(values as Float32Array);
      value.parts = { real: this.upload(real, shape, 'float32'), imag: this.upload(imag, shape, 'float32') };
    } else if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') {
      const array = values as TensorData;
      value.fill = uniform(array);
      if (value.fill === null) this.store(value as NumericValue, array);
    } else {
      value.foreign = values;
    }
    return value;
  }

  /** Stores numbers as they are, whatever they are. */
  hold(dtype: NumericType, values: TensorData): NumericValue {
    const value = this.create(dtype, values.length) as NumericValue;
    this.store(value, values);
    return value;
  }

  /** A copy of `size` elements of values that are on the host. */
  part(whole: NumericValue, offset: number, size: number): Value {
    const value = this.create(whole.dtype, size);
    value.fill = whole.fill;
    if (value.fill === null) this.store(value as NumericValue, whole.data!.subarray(offset, offset + size));
    return value;
  }

  /** Stores what another backend had under its own dataId. */
  adopt(dataId: object, value: Value, refCount: number): void {
    value.refCount = refCount;
    this.adopted.set(dataId, value);
  }

  /** The value behind a dataId, fetched from another backend where that still has it. */
  of(dataId: object): Value {
    return this.owns(dataId) ? dataId : this.adopted.get(dataId);
  }

  /** The same, but null where this backend does not have it. */
  known(dataId: object): Value | null {
    if (this.owns(dataId)) return dataId;
    return this.adopted.has(dataId) ? this.adopted.get(dataId) : null;
  }

  private owns(dataId: object): dataId is Value {
    return dataId instanceof Value && dataId.owner === this && !dataId.disposed;
  }

  /** Complex numbers made of two real values, which they share. */
  complex(real: TensorInfo, imag: TensorInfo): TensorInfo {
    const parts = { real: this.of(real.dataId), imag: this.of(imag.dataId) };
    const dataId = this.create('complex64', util.sizeFromShape(real.shape));
    for (const part of Object.values(parts)) part.refCount++;
    dataId.parts = parts;
    return { dataId, shape: real.shape, dtype: 'complex64' };
  }

  /** The real or the imaginary part of complex numbers, as another tensor on its value. */
  complexPart(x: TensorInfo, name: keyof ComplexParts): TensorInfo {
    const part = this.of(x.dataId).parts![name];
    part.refCount++;
    return { dataId: part, shape: x.shape, dtype: 'float32' };
  }

  /** A copy of the numbers of a value that nothing has to compute any more. */
  copyOf(value: Value): TensorData {
    const { data, device, fill, dtype, size } = value;
    if (data) return data.slice();
    if (!device && fill === null) {
      throw new Error(`The ort backend has no values for a tensor of type ${dtype} and size ${size}.`);
    }
    const values = allocate(dtype as NumericType, size);
    if (device) this.device!.download(device, dtype as NumericType, values);
    else values.fill(fill!);
    return values;
  }

  /** Turns an upload of all 0 or 1 into ordinary data. */
  expandFill(value: Value): void {
    if (value.fill === null) return;
    value.data = this.pool.take(value.dtype as NumericType, value.size).fill(value.fill);
    value.pooled = true;
    value.fill = null;
  }

  /**
   * One holder less.
   *
   * @param read whether operations are recorded that may still read it
   * @returns whether nobody holds it any more
   */
  release(dataId: object, force: boolean, read: boolean): boolean {
    const value = this.known(dataId);
    if (!value) return true;
    if (--value.refCount > 0 && !force) return false;
    value.refCount = 0;
    value.disposed = true;
    this.count--;
    for (const part of Object.values(value.parts ?? {})) this.release(part as Value, false, read);
    if (dataId !== value) this.adopted.delete(dataId);
    if (!value.pooled && !value.device) return true;
    if (read) {
      this.retired.push(value as NumericValue);
      this.retiredBytes += value.data?.byteLength ?? 0;
    } else {
      this.recycle(value as NumericValue);
    }
    return true;
  }

  /** Everything recorded has run: nothing reads disposed values any more. */
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
    // Copied: what is recorded runs later, and the caller may reuse the array before that.
    value.data = this.pool.take(value.dtype, value.size);
    value.pooled = true;
    value.data.set(values);
  }

  private recycle(value: NumericValue): void {
    if (value.data) this.pool.release(value.dtype, value.data);
    value.data = null;
    value.device?.release();
    value.device = null;
    value.feed = null;
    value.pooled = false;
  }
}

/** 0 or 1 where all elements of a large upload are that number. */
function uniform(values: TensorData): 0 | 1 | null {
  const first = values[0];
  if (values.length < FILL_MIN_SIZE || (first !== 0 && first !== 1)) return null;
  for (let i = 0; i < values.length; i++) if (values[i] !== first || Object.is(values[i], -0)) return null;
  return first;
}
