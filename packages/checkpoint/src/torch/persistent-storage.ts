import { CheckpointError } from '../checkpoint-error.js';
import { STORAGE_GLOBALS } from '../pickle/allowed-globals.js';
import { isTuple, PythonGlobal, type PythonValue } from '../pickle/python-values.js';
import { TorchStorage } from './torch-storage.js';

/** A storage as an object's pickle refers to it. */
export interface StorageReference {
  key: string;
  storage: TorchStorage;
}

/**
 * Reads the identifier of a storage: ('storage', class, key, device, number of elements), and in legacy files a sixth
 * entry for storages that are parts of others, which PyTorch has not written since version 0.4.
 *
 * @throws CheckpointError if it is none
 */
export function parseStorageId(id: PythonValue, source: string): StorageReference {
  const [kind, type, key, , length, view = null] = isTuple(id) ? id : [];
  const dtype = type instanceof PythonGlobal ? STORAGE_GLOBALS.get(type.name) : undefined;
  if (kind !== 'storage' || dtype === undefined || typeof key !== 'string' || !isCount(length)) {
    throw new CheckpointError(source, 'it refers to something outside its pickle that is no storage');
  }
  if (view !== null) {
    throw new CheckpointError(source, 'a storage that is part of another, as PyTorch before 0.4 wrote; save it again');
  }
  return { key, storage: new TorchStorage(dtype, length, source) };
}

/** The storages that a file's pickle has named so far, by key; one key always means the same storage. */
export class StorageTable {
  private readonly storages = new Map<string, TorchStorage>();

  constructor(private readonly source: string) {}

  /** The storage of an identifier, and whether it was named for the first time. */
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

function isCount(value: PythonValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
