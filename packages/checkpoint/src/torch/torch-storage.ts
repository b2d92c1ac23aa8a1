import type { ByteRange } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { bytesPerElement, type Dtype } from '../dtype.js';

/** PyTorch's names of storage classes, by data type. */
export const STORAGE_CLASSES: Record<Dtype, string> = {
  F64: 'DoubleStorage',
  F32: 'FloatStorage',
  F16: 'HalfStorage',
  BF16: 'BFloat16Storage',
  I64: 'LongStorage',
  I32: 'IntStorage',
  I16: 'ShortStorage',
  I8: 'CharStorage',
  U8: 'ByteStorage',
  BOOL: 'BoolStorage',
};

/** A one-dimensional array in a file, which one or more tensors are views of. */
export class TorchStorage {
  private contents: ByteRange | null = null;

  constructor(
    readonly dtype: Dtype,
    /** Number of elements. */
    readonly length: number,
    /** The file's name, for messages. */
    readonly source: string,
  ) {}

  /** Where its elements are: legacy files say it only after the objects. @throws CheckpointError if the size differs */
  locate(contents: ByteRange): void {
    const needed = this.length * bytesPerElement(this.dtype);
    if (contents.length !== needed) {
      throw new CheckpointError(this.source, `a storage of ${needed} bytes has ${contents.length}`);
    }
    this.contents = contents;
  }

  /** Elements `start` to `end`, as bytes. */
  bytes(start: number, end: number): Uint8Array {
    if (this.contents === null) throw new CheckpointError(this.source, 'the contents of a tensor are missing');
    const size = bytesPerElement(this.dtype);
    return this.contents.slice(start * size, (end - start) * size).bytes();
  }
}
