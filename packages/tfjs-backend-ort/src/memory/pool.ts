import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** Limit of the free buffers kept for reuse. A training step needs less. */
const MAX_FREE_BYTES = 4096 * 2 ** 20;

/**
 * Allocates an array of the host type for an element type.
 *
 * @throws Error with the requested size, if there is not enough memory
 */
export function allocate(dtype: NumericType, size: number): TensorData {
  try {
    if (dtype === 'float32') return new Float32Array(size);
    return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
  } catch (error) {
    const bytes = size * (dtype === 'bool' ? 1 : 4);
    throw new Error(`not enough memory for ${size} elements of ${dtype} (${(bytes / 2 ** 30).toFixed(1)} GiB).`, {
      cause: error,
    });
  }
}

/**
 * Recycles the host memory of graph outputs and uploads, because fresh pages cost more than the operations that fill them.
 * A released buffer must not be used any more.
 */
export class BufferPool {
  private readonly free = new Map<string, TensorData[]>();
  freeBytes = 0;
  /** Bytes of the buffers in use. */
  usedBytes = 0;

  take(dtype: NumericType, size: number): TensorData {
    const recycled = this.free.get(dtype + size)?.pop();
    if (recycled) this.freeBytes -= recycled.byteLength;
    const buffer = recycled ?? allocate(dtype, size);
    this.usedBytes += buffer.byteLength;
    return buffer;
  }

  release(dtype: NumericType, buffer: TensorData): void {
    this.usedBytes -= buffer.byteLength;
    if (this.freeBytes + buffer.byteLength > MAX_FREE_BYTES) return;
    const key = dtype + buffer.length;
    const list = this.free.get(key);
    if (list) list.push(buffer);
    else this.free.set(key, [buffer]);
    this.freeBytes += buffer.byteLength;
  }

  clear(): void {
    this.free.clear();
    this.freeBytes = this.usedBytes = 0;
  }
}
