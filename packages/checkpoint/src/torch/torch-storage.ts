import type { ByteRange } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { bytesPerElement, type Dtype } from '../dtype.js';
import { isTuple, PythonGlobal, type PythonValue } from '../pickle/python-values.js';

/** PyTorch's storage classes by data type. It has none for unsigned integers of more than 8 bits. */
export const STORAGE_CLASSES: Partial<Record<Dtype, string>> = {
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

/** Data types by the name that pickles use for a storage class. */
export const DTYPES_BY_STORAGE_CLASS: ReadonlyMap<string, Dtype> = new Map(
  (Object.entries(STORAGE_CLASSES) as [Dtype, string][]).map(([dtype, name]) => [`torch.${name}`, dtype]),
);

/** A one-dimensional array in a file; tensors are views of it. */
export class TorchStorage {
  private contents: ByteRange | null = null;

  constructor(
    readonly dtype: Dtype,
    /** Number of elements. */
    readonly length: number,
    /** The file's name, for messages. */
    readonly source: string,
  ) {}

  /**
   * Sets where the elements are, which legacy files say only after the objects.
   *
   * @throws CheckpointError if the size differs
   */
  locate(contents: ByteRange): void {
    const needed = this.length * bytesPerElement(this.dtype);
    if (contents.length !== needed) {
      throw new CheckpointError(this.source, `a storage of ${needed} bytes has ${contents.length}`);
    }
    this.contents = contents;
  }

  /** The bytes of the elements `start` to `end`. */
  bytes(start: number, end: number): Uint8Array {
    if (this.contents === null) throw new CheckpointError(this.source, 'the contents of a tensor are missing');
    const size = bytesPerElement(this.dtype);
    return this.contents.slice(start * size, (end - start) * size).bytes();
  }
}

/** The storages that a file's pickles have named so far, by key. One key always means the same storage. */
export class StorageTable {
  private readonly storages = new Map<string, TorchStorage>();

  constructor(private readonly source: string) {}

  /**
   * Finds the storage of an identifier, or makes it.
   *
   * @returns the storage, its key, and whether it was named for the first time
   */
  find(id: PythonValue): { key: string; storage: TorchStorage; isNew: boolean } {
    const { key, storage } = parseStorageId(id, this.source);
    const known = this.storages.get(key);
    if (known === undefined) {
      this.storages.set(key, storage);
      return { key, storage, isNew: true };
    }
    if (known.dtype !== storage.dtype || known.length !== storage.length) {
      throw new CheckpointError(this.source, `the storage ${key} is described in two ways`);
    }
    return { key, storage: known, isNew: false };
  }

  get(key: PythonValue): TorchStorage | undefined {
    return typeof key === 'string' ? this.storages.get(key) : undefined;
  }

  get size(): number {
    return this.storages.size;
  }
}

/**
 * Reads the identifier of a storage: ('storage', class, key, device, number of elements). Legacy files have a
 * sixth entry for storages that are parts of others, which PyTorch has not written since version 0.4.
 *
 * @throws CheckpointError if it is something else
 */
function parseStorageId(id: PythonValue, source: string): { key: string; storage: TorchStorage } {
  const [kind, type, key, , length, view = null] = isTuple(id) ? id : [];
  const dtype = type instanceof PythonGlobal ? DTYPES_BY_STORAGE_CLASS.get(type.name) : undefined;
  if (kind !== 'storage' || dtype === undefined || typeof key !== 'string' || !isCount(length)) {
    throw new CheckpointError(source, 'it refers to something outside its pickle that is not a storage');
  }
  if (view !== null) {
    throw new CheckpointError(source, 'a storage that is part of another, as PyTorch before 0.4 wrote; save it again');
  }
  return { key, storage: new TorchStorage(dtype, length, source) };
}

function isCount(value: PythonValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
