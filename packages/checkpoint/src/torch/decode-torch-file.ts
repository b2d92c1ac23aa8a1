import { ByteRange, memorySource, type ByteSource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { bytesPerElement } from '../dtype.js';
import { knownGlobals } from '../pickle/known-globals.js';
import { isTuple, PythonGlobal, type PythonValue } from '../pickle/python-values.js';
import { InstructionBudget, Unpickler } from '../pickle/unpickler.js';
import { wrongKindError } from '../identify/identify-file.js';
import { LOCAL_HEADER } from '../zip/records.js';
import { listZipNames, readZipDirectory } from '../zip/zip-directory.js';
import { StorageTable } from './torch-storage.js';

/** The first value in legacy files of `torch.save`. */
const LEGACY_MAGIC = 0x1950a86a20f9469cfc6cn;
const LEGACY_PROTOCOL = 1001;

/**
 * Reads a file of `pickle.dump` (`.pkl`) or `torch.save` (`.pth`, in the ZIP or the legacy format).
 *
 * Nothing in the file is executed: classes and functions are looked up in a short list of those that weights
 * are made of, and become inert data. The elements of a tensor are read from the source each time its `data`
 * is accessed.
 *
 * @param file the bytes, or where to read them
 * @param name the file's name for messages, if bytes are given
 * @throws CheckpointError if the file is damaged, incomplete, or names anything that is not on the list
 */
export function decodeTorchFile(file: Uint8Array | ByteSource, name = 'PyTorch file'): PythonValue {
  const source = file instanceof Uint8Array ? memorySource(file, name) : file;
  return new TorchFileReader(source.name).read(new ByteRange(source));
}

/** Reads a file, and the files nested in it on the same budget. */
class TorchFileReader {
  private readonly budget: InstructionBudget;
  private readonly findGlobal: (name: string) => PythonGlobal;
  private readonly nested = new Map<ByteRange, PythonValue>();
  private isNested = false;

  constructor(private readonly source: string) {
    this.budget = new InstructionBudget(source);
    this.findGlobal = knownGlobals(source, this.budget, (bytes) => this.readNested(bytes));
  }

  read(file: ByteRange): PythonValue {
    if (file.length < 4) throw new CheckpointError(this.source, `not a PyTorch file: it has ${file.length} bytes`);
    const start = file.slice(0, 4).bytes();
    const magic = new DataView(start.buffer, start.byteOffset, 4).getUint32(0, true);
    return magic === LOCAL_HEADER ? this.readZip(file) : this.readPickle(file);
  }

  /** Reads a storage of a published pickle: a legacy file of its own, in which no other file is nested. */
  private readNested(bytes: ByteRange): PythonValue {
    const known = this.nested.get(bytes);
    if (known !== undefined) return known;
    if (this.isNested) throw new CheckpointError(this.source, 'not a valid pickle: files nested in a nested file');
    this.isNested = true;
    const value = this.read(bytes);
    this.isNested = false;
    this.nested.set(bytes, value);
    return value;
  }

  private readZip(file: ByteRange): PythonValue {
    const names = listZipNames(file);
    // Programs of TorchScript have a pickle too, of objects whose code is in the archive.
    if (
      !names.some((name) => /(^|\/)data\.pkl$/.test(name)) ||
      names.some((name) => /(^|\/)constants\.pkl$/.test(name))
    ) {
      throw wrongKindError(
        file.source,
        'a PyTorch file',
        'a ZIP archive without data.pkl, so torch.save did not write it',
      );
    }
    const entries = readZipDirectory(file);
    const pickleName = [...entries.keys()].find((name) => name === 'data.pkl' || name.endsWith('/data.pkl'))!;
    const folder = pickleName.slice(0, -'data.pkl'.length);
    this.checkByteOrder(entries.get(`${folder}byteorder`));
    const storages = new StorageTable(this.source);
    const loadPersistent = (id: PythonValue) => {
      const { key, storage, isNew } = storages.find(id);
      if (!isNew) return storage;
      const contents = entries.get(`${folder}data/${key}`);
      if (contents === undefined) throw new CheckpointError(this.source, `the entry ${folder}data/${key} is missing`);
      storage.locate(contents);
      return storage;
    };
    return this.makeUnpickler(entries.get(pickleName)!, loadPersistent).load();
  }

  private checkByteOrder(entry: ByteRange | undefined): void {
    if (entry === undefined) return;
    const order = new TextDecoder().decode(entry.slice(0, Math.min(entry.length, 6)).bytes());
    if (order !== 'little') throw new CheckpointError(this.source, 'its numbers are not in little-endian order');
  }

  /**
   * Reads a plain pickle, or a legacy file: magic number, protocol, system, object, keys of storages,
   * storages.
   */
  private readPickle(file: ByteRange): PythonValue {
    const storages = new StorageTable(this.source);
    const unpickler = this.makeUnpickler(file, (id) => findModuleClass(id) ?? storages.find(id).storage);
    const first = unpickler.load();
    if (first !== LEGACY_MAGIC) {
      if (storages.size > 0) throw new CheckpointError(this.source, 'the contents of its tensors are missing');
      return first;
    }
    const protocol = unpickler.load();
    const system = unpickler.load();
    if (protocol !== LEGACY_PROTOCOL || !(system instanceof Map) || system.get('little_endian') !== true) {
      throw new CheckpointError(this.source, 'a legacy PyTorch file of another version, or not in little-endian order');
    }
    const value = unpickler.load();
    const keys = unpickler.load();
    if (!Array.isArray(keys) || keys.length !== storages.size || new Set(keys).size !== keys.length) {
      throw new CheckpointError(this.source, 'a damaged PyTorch file: its list of storages does not match its tensors');
    }
    for (const key of keys as PythonValue[]) {
      const storage = storages.get(key);
      if (storage === undefined) throw new CheckpointError(this.source, 'it has a storage that no tensor refers to');
      const length = unpickler.reader.uint64();
      if (length !== storage.elements) {
        throw new CheckpointError(this.source, `a storage of ${storage.elements} elements has ${length}`);
      }
      if (storage.hasUnknownSize) {
        throw new CheckpointError(this.source, `it has a ${storage.unsupported}, whose size is not known here`);
      }
      storage.locate(unpickler.reader.take(storage.length * bytesPerElement(storage.dtype)));
    }
    return value;
  }

  private makeUnpickler(range: ByteRange, loadPersistent: (id: PythonValue) => PythonValue): Unpickler {
    return new Unpickler(range, { findGlobal: this.findGlobal, loadPersistent, budget: this.budget });
  }
}

/** Legacy files refer to the classes of modules as ('module', class, file, source text). */
function findModuleClass(id: PythonValue): PythonGlobal | undefined {
  return isTuple(id) && id[0] === 'module' && id[1] instanceof PythonGlobal ? id[1] : undefined;
}
