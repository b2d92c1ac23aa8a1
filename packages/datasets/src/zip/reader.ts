import { isUtf8 } from 'node:buffer';
import { closeSync, createReadStream, fstatSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createInflateRaw, inflateRawSync } from 'node:zlib';
import { crc32, LOCAL_HEADER_BYTES, localHeaderLength } from '@onestep/checkpoint';
import yauzl from 'yauzl';
import { isBomb } from '../decoding/size-limits.js';
import { openRegularFile } from '@onestep/checkpoint/node';
import { readAt } from '../random-access.js';
import { WindowReader } from './window-reader.js';

const STORED = 0;
const DEFLATED = 8;
/** Flag of entries whose names are UTF-8. */
const UTF8_FLAG = 0x800;
/** Extra field with the name of an entry in UTF-8. */
const UNICODE_PATH = 0x7075;
/** System that an entry comes from, and kind of file there. */
const UNIX = 3;
const SYMBOLIC_LINK = 0o12;
/** DEFLATE data unpack to at most this many bytes for each of theirs. */
const MAX_DEFLATE_RATIO = 1032;
/** Bytes of an entry that is read whole; no image or list of labels is larger. */
const MAX_READ_BYTES = 2 ** 29;

/** Where the data of an entry are in the archive. */
interface EntryLocation {
  /** Position of its local header. */
  headerStart: number;
  /** Position of the first byte of data. */
  start: number;
  storedSize: number;
  size: number;
  method: number;
  crc: number;
}

/**
 * A ZIP archive whose entries are read by position, in any order.
 *
 * The directory and every local header are checked when the archive is opened. The checksum of an entry is
 * checked each time it is read.
 */
export class ZipReader {
  private constructor(
    readonly path: string,
    private descriptor: number | null,
    private readonly entries: ReadonlyMap<string, EntryLocation>,
  ) {}

  /**
   * Opens an archive.
   *
   * @throws if it is missing, not complete, or its directory does not agree with its contents
   */
  static async open(path: string): Promise<ZipReader> {
    const descriptor = openRegularFile(path);
    try {
      const status = fstatSync(descriptor);
      if (!status.isFile()) throw new Error(`${path} is not a file; a data set is a ZIP file.`);
      const fileSize = status.size;
      const listed = await readDirectory(path, descriptor, fileSize);
      const entries = new Map(listed.map(([name, entry]) => [name, locate(name, entry, path, descriptor, fileSize)]));
      if (entries.size !== listed.length) {
        const twice = listed.find(([name], i) => listed.findIndex(([other]) => other === name) !== i)![0];
        throw new Error(`${path}: a damaged ZIP file, which lists ${twice} twice. Unpack it, and give the folder.`);
      }
      assertDisjoint(path, entries);
      return new ZipReader(path, descriptor, entries);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** Names of all files, in the archive's order. */
  names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /**
   * Reads an entry.
   *
   * @throws if there is no entry of that name, it has more than 512 MiB, or its data are damaged
   */
  read(name: string): Uint8Array {
    const { entry, descriptor, damageError } = this.find(name);
    if (entry.size > MAX_READ_BYTES) {
      throw new Error(
        `${this.path}: the entry ${name} states ${entry.size} bytes, more than any image has, and is not read.`,
      );
    }
    if (isBomb(entry.storedSize, entry.size)) {
      throw damageError(`it states ${entry.size} bytes, of ${entry.storedSize}, and may be a decompression bomb`);
    }
    let data: Uint8Array = readAt(descriptor, entry.start, entry.storedSize);
    if (entry.method === DEFLATED) {
      try {
        data = inflateRawSync(data, { maxOutputLength: Math.max(entry.size, 1) });
      } catch (error) {
        throw damageError((error as Error).message);
      }
    }
    if (data.length !== entry.size) throw damageError(`${data.length} bytes instead of ${entry.size}`);
    if (crc32(data) !== entry.crc) throw damageError('its checksum is wrong');
    return data;
  }

  /** Length of an entry in bytes, as the archive states it. */
  size(name: string): number {
    return this.find(name).entry.size;
  }

  /**
   * Reads a part of an entry, or less at its end. Only a compressed entry is read whole.
   *
   * @throws as {@link ZipReader.read} does, without its check of a stored entry
   */
  readPart(name: string, start: number, length: number): Uint8Array {
    const { entry, descriptor } = this.find(name);
    if (entry.method === DEFLATED) return this.read(name).subarray(start, start + length);
    return readAt(descriptor, entry.start + start, Math.max(0, Math.min(length, entry.size - start)));
  }

  /**
   * Reads an entry in pieces.
   *
   * @throws as {@link ZipReader.read} does, at the latest at the end
   */
  async *stream(name: string): AsyncGenerator<Uint8Array> {
    const { entry, damageError } = this.find(name);
    const { start, storedSize, size, method, crc } = entry;
    if (size === 0) return;
    const stored = createReadStream(this.path, { start, end: start + storedSize - 1, highWaterMark: 1 << 20 });
    // The reader gets the error of either stream.
    const data = method === DEFLATED ? pipeline(stored, createInflateRaw(), () => undefined) : stored;
    let [length, checksum] = [0, 0];
    try {
      for await (const piece of data as AsyncIterable<Buffer>) {
        if ((length += piece.length) > size) throw new Error(`it has more than the ${size} bytes it states`);
        checksum = crc32(piece, checksum);
        yield piece;
      }
    } catch (error) {
      throw damageError((error as Error).message);
    }
    if (length !== size) throw damageError(`${length} bytes instead of ${size}`);
    if (checksum !== crc) throw damageError('its checksum is wrong');
  }

  private find(name: string) {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new Error(`${this.path} has no entry ${name}.`);
    if (this.descriptor === null) throw new Error(`${this.path} has been closed.`);
    const damageError = (what: string) => new Error(`${this.path}: the entry ${name} is damaged: ${what}.`);
    return { entry, descriptor: this.descriptor, damageError };
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}

/** Reads the archive's directory, without folders and links. yauzl refuses names that lead out of the archive. */
async function readDirectory(
  path: string,
  descriptor: number,
  fileSize: number,
): Promise<[name: string, entry: yauzl.Entry][]> {
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(new WindowReader(descriptor), fileSize, {
      lazyEntries: true,
    });
    const entries: [name: string, entry: yauzl.Entry][] = [];
    for await (const entry of zip.eachEntry()) {
      const name = entryName(entry);
      if (!name.endsWith('/') && !isLink(entry)) entries.push([name, entry]);
    }
    return entries;
  } catch (error) {
    const message = (error as Error).message.replace(/\.$/, '');
    const isOutside = /^(absolute path|invalid relative path): /.test(message);
    throw new Error(
      isOutside
        ? `${path}: an entry has the name ${message.replace(/^.*?: /, '')}, which leads out of the archive. Make the archive ` +
            'again with names relative to its folder, or unpack it and give the folder.'
        : `${path}: not a complete ZIP file (${message}). Was it copied whole? Copy it again, or make it again.`,
      { cause: error },
    );
  }
}

/** @throws if entries share bytes, by which a small archive could unpack to any size */
function assertDisjoint(path: string, entries: ReadonlyMap<string, EntryLocation>): void {
  let [lastName, lastEnd] = ['', 0];
  for (const [name, { headerStart, start, storedSize }] of [...entries].sort(
    ([, a], [, b]) => a.headerStart - b.headerStart,
  )) {
    if (headerStart < lastEnd) {
      throw new Error(`${path}: the entries ${lastName} and ${name} overlap; the archive is not valid.`);
    }
    [lastName, lastEnd] = [name, start + storedSize];
  }
}

/**
 * Name of an entry. Many programs, such as that of macOS, write UTF-8 without the flag that says so; yauzl reads such names as
 * those of DOS.
 */
function entryName({ fileName, fileNameRaw, generalPurposeBitFlag, extraFields }: yauzl.Entry): string {
  const isStated = (generalPurposeBitFlag & UTF8_FLAG) !== 0 || extraFields.some(({ id }) => id === UNICODE_PATH);
  if (isStated || !isUtf8(fileNameRaw)) return fileName;
  return fileNameRaw.toString('utf8').replaceAll('\\', '/');
}

/** Whether an entry is a symbolic link of a Unix system, whose contents are the path that it leads to. */
function isLink({ versionMadeBy, externalFileAttributes }: yauzl.Entry): boolean {
  return versionMadeBy >>> 8 === UNIX && externalFileAttributes >>> 28 === SYMBOLIC_LINK;
}

/**
 * Finds the data of an entry, which follow its local header.
 *
 * @throws if they do not lie inside the file
 */
function locate(
  fileName: string,
  entry: yauzl.Entry,
  path: string,
  descriptor: number,
  fileSize: number,
): EntryLocation {
  const { compressionMethod: method, compressedSize: storedSize, uncompressedSize: size } = entry;
  const entryError = (what: string) => new Error(`${path}: the entry ${fileName} ${what}.`);
  if (entry.isEncrypted())
    throw entryError('is encrypted, which is not supported; unpack the archive, and give the folder');
  if (method !== STORED && method !== DEFLATED)
    throw entryError(
      `has the compression method ${method}; only 0 and 8 are supported. Unpack the archive, and give the folder`,
    );
  if (method === STORED && storedSize !== size) throw entryError(`claims ${size} bytes and stores ${storedSize}`);
  if (size > storedSize * MAX_DEFLATE_RATIO) {
    throw entryError(`claims ${size} bytes and stores ${storedSize}, too few for that`);
  }
  const outsideError = () => entryError('lies outside the file: the archive is damaged or not complete');
  const headerStart = entry.relativeOffsetOfLocalHeader;
  if (headerStart + LOCAL_HEADER_BYTES > fileSize) throw outsideError();
  const headerLength = localHeaderLength(readAt(descriptor, headerStart, LOCAL_HEADER_BYTES));
  if (headerLength === null) throw entryError('is not where the directory says: the archive is damaged');
  const start = headerStart + headerLength;
  if (start + storedSize > fileSize) throw outsideError();
  return { headerStart, start, storedSize, size, method, crc: entry.crc32 };
}
