import { ByteReader } from '../bytes/byte-reader.js';
import { ByteRange, type ByteSource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import {
  DIRECTORY_ENTRY,
  END,
  END_64,
  END_64_LOCATOR,
  END_64_LOCATOR_BYTES,
  END_BYTES,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  localHeaderLength,
  MAX_16,
  MAX_32,
  WIDE_FIELD,
} from './records.js';

const MAX_COMMENT = 0xffff;
const ENCRYPTED = 1;
const DEFLATED = 8;
/** DEFLATE data unpack to at most this many bytes for each of theirs. */
const MAX_DEFLATE_RATIO = 1032;
/** Bytes that a compressed entry may unpack to, beyond four times the archive. */
const MAX_UNPACKED = 2 ** 27;

/** Unpacks raw DEFLATE data of a known size. @throws if they are damaged, or not of that size */
export type Inflate = (data: Uint8Array, size: number) => Uint8Array;

/**
 * Finds the entries of a ZIP archive (PKWARE APPNOTE 6.3, with its 64-bit records), without reading them.
 * Archives of PyTorch and of `numpy.savez` are not compressed: their entries are stretches of the file.
 *
 * @param inflate unpacks compressed entries, such as those of `numpy.savez_compressed`, when they are first read; left out,
 *   they are refused
 * @returns every entry by its name
 * @throws CheckpointError if the archive is not complete, or an entry is compressed and cannot be unpacked
 */
export function readZipDirectory(file: ByteRange, inflate?: Inflate): Map<string, ByteRange> {
  const { count, start } = findDirectory(file);
  const reader = new ByteReader(file);
  reader.position = start;
  const entries = new Map<string, ByteRange>();
  let total = 0;
  for (let i = 0; i < count; i++) {
    const { name, contents, storedSize } = readEntry(reader, file, inflate);
    if (entries.has(name)) throw damageError(file, `it lists ${name} twice`);
    total += storedSize;
    if (total > file.length) throw damageError(file, 'its entries overlap');
    entries.set(name, contents);
  }
  return entries;
}

/** Whether a file starts like a ZIP archive. An empty archive is its end record. */
export function isZip(source: ByteSource): boolean {
  if (source.length < 4) return false;
  const start = source.read(0, 4);
  const magic = new DataView(start.buffer, start.byteOffset, 4).getUint32(0, true);
  return magic === LOCAL_HEADER || magic === END;
}

/**
 * Lists the names in a ZIP archive, compressed or not.
 *
 * @throws CheckpointError if the archive is not complete
 */
export function listZipNames(file: ByteRange): string[] {
  const { count, start } = findDirectory(file);
  const reader = new ByteReader(file);
  reader.position = start;
  const names: string[] = [];
  // Not as a list of the stated length: it may be anything.
  for (let i = 0; i < count; i++) {
    if (reader.uint32() !== DIRECTORY_ENTRY) throw damageError(file, 'its directory is not where the end record says');
    reader.take(24);
    const [nameLength, extraLength, commentLength] = [reader.uint16(), reader.uint16(), reader.uint16()];
    reader.take(12);
    names.push(new TextDecoder().decode(reader.take(nameLength).bytes()));
    reader.take(extraLength + commentLength);
  }
  return names;
}

/**
 * The end of a ZIP archive, from its directory on: the name, the size and the CRC-32 of every entry, compressed or not.
 *
 * @throws CheckpointError if the archive has no directory
 * @internal
 */
export function zipDirectoryRange(file: ByteRange): ByteRange {
  const { start } = findDirectory(file);
  return file.slice(start, file.length - start);
}

function readEntry(
  reader: ByteReader,
  file: ByteRange,
  inflate: Inflate | undefined,
): { name: string; contents: ByteRange; storedSize: number } {
  if (reader.uint32() !== DIRECTORY_ENTRY) throw damageError(file, 'its directory is not where the end record says');
  reader.take(4);
  const flags = reader.uint16();
  const method = reader.uint16();
  reader.take(8);
  let storedSize = reader.uint32();
  let size = reader.uint32();
  const nameLength = reader.uint16();
  const extraLength = reader.uint16();
  const commentLength = reader.uint16();
  reader.take(8);
  let headerStart = reader.uint32();
  const name = new TextDecoder().decode(reader.take(nameLength).bytes());
  const wide = readWideFields(reader.take(extraLength));
  if (size === MAX_32) size = wide.next();
  if (storedSize === MAX_32) storedSize = wide.next();
  if (headerStart === MAX_32) headerStart = wide.next();
  reader.take(commentLength);

  if ((flags & ENCRYPTED) !== 0) throw new CheckpointError(file.source.name, `the entry ${name} is encrypted`);
  const isDeflated = method === DEFLATED && inflate !== undefined;
  if (!isDeflated && (method !== 0 || storedSize !== size)) {
    throw new CheckpointError(
      file.source.name,
      `the entry ${name} is compressed, which archives of torch.save and numpy.savez are not; save it again with one of them`,
    );
  }
  const headerLength = localHeaderLength(file.slice(headerStart, LOCAL_HEADER_BYTES).bytes());
  if (headerLength === null) throw damageError(file, `the entry ${name} is not where the directory says`);
  const stored = file.slice(headerStart + headerLength, storedSize);
  return { name, contents: isDeflated ? inflateLazily(stored, { name, size, inflate }) : stored, storedSize };
}

/** A compressed entry, which is unpacked when it is first read, and then kept. */
function inflateLazily(
  stored: ByteRange,
  { name, size, inflate }: { name: string; size: number; inflate: Inflate },
): ByteRange {
  const { source } = stored;
  if (size > stored.length * MAX_DEFLATE_RATIO || size > 4 * source.length + MAX_UNPACKED) {
    throw new CheckpointError(
      source.name,
      `the entry ${name} has ${stored.length} bytes and claims to unpack to ${size}; save it again with numpy.savez`,
    );
  }
  let unpacked: Uint8Array | undefined;
  const unpack = () => {
    try {
      return inflate(stored.bytes(), size);
    } catch (error) {
      throw new CheckpointError(source.name, `the entry ${name} is damaged: ${(error as Error).message}`);
    }
  };
  const read = (start: number, length: number) => (unpacked ??= unpack()).subarray(start, start + length);
  return new ByteRange({ name: source.name, length: size, read });
}

/** The 64-bit numbers of an extra field, in the place of those that do not fit into 32 bits. */
function readWideFields(extra: ByteRange): { next(): number } {
  const reader = new ByteReader(extra);
  let left = 0;
  while (left === 0 && reader.position + 4 <= extra.length) {
    const id = reader.uint16();
    const length = reader.uint16();
    if (id === WIDE_FIELD) left = length;
    else reader.take(length);
  }
  return {
    next() {
      if (left < 8) throw new CheckpointError(extra.source.name, 'a damaged ZIP archive: a size is missing');
      left -= 8;
      return reader.uint64();
    },
  };
}

/** Finds the end record, and from it the directory. */
function findDirectory(file: ByteRange): { count: number; start: number } {
  const tailLength = Math.min(file.length, END_BYTES + MAX_COMMENT);
  const tailStart = file.length - tailLength;
  const tail = file.slice(tailStart, tailLength).bytes();
  const view = new DataView(tail.buffer, tail.byteOffset, tail.length);
  for (let at = tailLength - END_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    const count = view.getUint16(at + 10, true);
    const start = view.getUint32(at + 16, true);
    const isWide = count === MAX_16 || start === MAX_32;
    return isWide ? findWideDirectory(file, tailStart + at) : { count, start };
  }
  throw new CheckpointError(file.source.name, 'not a complete ZIP archive: its end record is missing; copy it again');
}

function findWideDirectory(file: ByteRange, end: number): { count: number; start: number } {
  const locator = new ByteReader(file.slice(end - END_64_LOCATOR_BYTES, END_64_LOCATOR_BYTES));
  if (locator.uint32() !== END_64_LOCATOR) throw damageError(file, 'its 64-bit end record is missing');
  locator.take(4);
  const reader = new ByteReader(file);
  reader.position = locator.uint64();
  if (reader.uint32() !== END_64) throw damageError(file, 'its 64-bit end record is missing');
  reader.take(28);
  const count = reader.uint64();
  reader.take(8);
  return { count, start: reader.uint64() };
}

function damageError(file: ByteRange, what: string): CheckpointError {
  return new CheckpointError(file.source.name, `a damaged ZIP archive: ${what}`);
}
