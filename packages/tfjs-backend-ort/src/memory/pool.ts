import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** Free buffers kept for reuse at most: more than a training step needs, little enough not to matter. */
const MAX_FREE_BYTES = 4096 * 2 ** 20;

/**
 * A new array of the host type for an element type.
 *
 * @throws saying how much was asked for, where there is not so much memory
 */
export function allocate(dtype: NumericType, size: number): TensorData {
  try {
    if (dtype === 'float32') return new Float32Array(size);
    return dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
  } catch (error) {
    const bytes = size * (dtype === 'bool' ? 1 : 4);
    throw new Error(`there is no memory for ${size} elements of ${dtype} (${(bytes / 2 ** 30).toFixed(1)} GiB).`, {
      cause: error,
    });
  }
}

/**
 * Recycles the host memory of graph outputs and uploads, since fresh pages cost more than the operations that fill
 * them. Whoever releases a buffer must be the last to know it.
 */
export class BufferPool {
  private readonly free = new Map<string, TensorData[]>();
  freeBytes = 0;
  /** Bytes handed out. */
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
