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

/** Bytes of an element of the storage classes whose elements cannot be read here. */
const UNSUPPORTED_BYTES: Record<string, number> = {
  'torch.ComplexFloatStorage': 8,
  'torch.ComplexDoubleStorage': 16,
  'torch.ComplexHalfStorage': 4,
  'torch.QInt8Storage': 1,
  'torch.QUInt8Storage': 1,
  'torch.QInt32Storage': 4,
};
/** Storages of bytes, whose tensors say the type of the elements. */
const UNTYPED = ['torch.storage.UntypedStorage', 'torch.UntypedStorage'];

/** A one-dimensional array in a file; tensors are views of it. */
export class TorchStorage {
  private contents: ByteRange | null = null;

  constructor(
    readonly dtype: Dtype,
    /** Number of elements. */
    readonly length: number,
    /** The file's name, for messages. */
    readonly source: string,
    /** Name of its class, if its elements cannot be read here; the storage then counts their bytes. */
    readonly unsupported: string | null = null,
    /** The storage whose bytes these are, in another type. */
    private readonly base: TorchStorage | null = null,
  ) {}

  /** Number of elements as the file counts them. */
  get elements(): number {
    return this.unsupported === null ? this.length : this.length / (UNSUPPORTED_BYTES[this.unsupported] ?? 1);
  }

  /** Whether the number of its bytes is not known. */
  get hasUnknownSize(): boolean {
    return this.unsupported !== null && UNSUPPORTED_BYTES[this.unsupported] === undefined;
  }

  /** The same bytes as elements of another type. */
  as(dtype: Dtype): TorchStorage {
    const bytes = this.length * bytesPerElement(this.dtype);
    return new TorchStorage(dtype, Math.floor(bytes / bytesPerElement(dtype)), this.source, this.unsupported, this);
  }

  /**
   * Sets where the elements are, which legacy files say only after the objects.
   *
   * @throws CheckpointError if the size differs
   */
  locate(contents: ByteRange): void {
    const needed = this.length * bytesPerElement(this.dtype);
    // Elements of unknown size are not read.
    if (this.hasUnknownSize) return;
    if (contents.length !== needed) {
      throw new CheckpointError(this.source, `a storage of ${needed} bytes has ${contents.length}`);
    }
    this.contents = contents;
  }

  /** The bytes of the elements `start` to `end`. */
  bytes(start: number, end: number): Uint8Array {
    if (this.base !== null) {
      const ratio = bytesPerElement(this.dtype) / bytesPerElement(this.base.dtype);
      return this.base.bytes(start * ratio, end * ratio);
    }
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
    if (known.dtype !== storage.dtype || known.length !== storage.length || known.unsupported !== storage.unsupported) {
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
  if (kind !== 'storage' || !(type instanceof PythonGlobal) || typeof key !== 'string' || !isCount(length)) {
    throw new CheckpointError(source, 'it refers to something outside its pickle that is not a storage');
  }
  if (view !== null) {
    throw new CheckpointError(source, 'a storage that is part of another, as PyTorch before 0.4 wrote; save it again');
  }
  const dtype = UNTYPED.includes(type.name) ? 'U8' : DTYPES_BY_STORAGE_CLASS.get(type.name);
  if (dtype !== undefined) return { key, storage: new TorchStorage(dtype, length, source) };
  const bytes = length * (UNSUPPORTED_BYTES[type.name] ?? 1);
  return { key, storage: new TorchStorage('U8', bytes, source, type.name) };
}

function isCount(value: PythonValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
