import { closeSync, createReadStream, fstatSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import yauzl from 'yauzl';
import { openToRead } from '../open-to-read.js';
import { readAt, WindowReader } from './window-reader.js';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;
const DEFLATED = 8;
/** No DEFLATE data unpack to more bytes than this for each of theirs. */
const MAX_DEFLATE_RATIO = 1032;
/** No image or list of labels is larger; what is read whole must not fill the memory. */
const MAX_READ_BYTES = 2 ** 29;

/** Where an entry's data lies in the archive. */
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
 * A ZIP archive whose entries are read by position, in any order, without reading anything between them.
 *
 * The directory and every local header are checked when the archive is opened; the checksum of an entry is checked each
 * time it is read.
 */
export class ZipReader {
  private constructor(
    readonly path: string,
    private descriptor: number | null,
    private readonly entries: ReadonlyMap<string, EntryLocation>,
  ) {}

  /** Opens an archive. @throws if it is missing, not complete, or its directory does not agree with its contents */
  static async open(path: string): Promise<ZipReader> {
    const descriptor = openToRead(path);
    try {
      const status = fstatSync(descriptor);
      if (!status.isFile()) throw new Error(`${path} is not a file; a data set is a ZIP file.`);
      const fileSize = status.size;
      const listed = await readDirectory(path, descriptor, fileSize);
      const entries = new Map(listed.map((entry) => [entry.fileName, locate(entry, path, descriptor, fileSize)]));
      if (entries.size !== listed.length) throw new Error(`${path}: a damaged ZIP file: it lists a name twice.`);
      assertDisjoint(path, entries);
      return new ZipReader(path, descriptor, entries);
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  }

  /** Names of all entries that are files, in the archive's order. */
  names(): string[] {
    return [...this.entries.keys()];
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  /** Reads an entry. @throws if there is none of that name, it has more than 512 MiB, or its data are damaged */
  read(name: string): Uint8Array {
    const { entry, descriptor, damaged } = this.find(name);
    if (entry.size > MAX_READ_BYTES) {
      throw new Error(
        `${this.path}: the entry ${name} states ${entry.size} bytes, more than any image has; it is not read.`,
      );
    }
    let data: Uint8Array = readAt(descriptor, entry.start, entry.storedSize);
    if (entry.method === DEFLATED) {
      try {
        data = inflateRawSync(data, { maxOutputLength: Math.max(entry.size, 1) });
      } catch (error) {
        throw damaged((error as Error).message);
      }
    }
    if (data.length !== entry.size) throw damaged(`${data.length} bytes instead of ${entry.size}`);
    if (crc32(data) !== entry.crc) throw damaged('its checksum is wrong');
    return data;
  }

  /** The data of an entry, in pieces. @throws as {@link ZipReader.read} does, at the latest at the end */
  async *stream(name: string): AsyncGenerator<Uint8Array> {
    const { entry, damaged } = this.find(name);
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
      throw damaged((error as Error).message);
    }
    if (length !== size) throw damaged(`${length} bytes instead of ${size}`);
    if (checksum !== crc) throw damaged('its checksum is wrong');
  }

  private find(name: string) {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new Error(`${this.path} has no entry ${name}.`);
    if (this.descriptor === null) throw new Error(`${this.path} has been closed.`);
    const damaged = (what: string) => new Error(`${this.path}: the entry ${name} is damaged: ${what}.`);
    return { entry, descriptor: this.descriptor, damaged };
  }

  close(): void {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}

/** The entries the archive's directory lists, folders left out. yauzl refuses names that lead out of the archive. */
async function readDirectory(path: string, descriptor: number, fileSize: number): Promise<yauzl.Entry[]> {
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(new WindowReader(descriptor), fileSize, {
      lazyEntries: true,
    });
    const entries: yauzl.Entry[] = [];
    for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) entries.push(entry);
    return entries;
  } catch (error) {
    throw new Error(
      `${path}: not a complete ZIP file (${(error as Error).message.replace(/\.$/, '')}). Was it copied whole? ` +
        'Copy it again, or make it anew.',
      { cause: error },
    );
  }
}

/** @throws if entries share bytes: a small archive could unpack to any size by that, and none is made so in good faith */
function assertDisjoint(path: string, entries: ReadonlyMap<string, EntryLocation>): void {
  let [lastName, lastEnd] = ['', 0];
  for (const [name, { headerStart, start, storedSize }] of [...entries].sort(
    ([, a], [, b]) => a.headerStart - b.headerStart,
  )) {
    if (headerStart < lastEnd)
      throw new Error(`${path}: the entries ${lastName} and ${name} overlap; the archive is not valid.`);
    [lastName, lastEnd] = [name, start + storedSize];
  }
}

/** Finds an entry's data behind its local header. @throws if they do not lie inside the file */
function locate(entry: yauzl.Entry, path: string, descriptor: number, fileSize: number): EntryLocation {
  const { fileName, compressionMethod: method, compressedSize: storedSize, uncompressedSize: size } = entry;
  const refuse = (what: string) => new Error(`${path}: the entry ${fileName} ${what}.`);
  if (entry.isEncrypted()) throw refuse('is encrypted; data sets are not');
  if (method !== STORED && method !== DEFLATED) throw refuse(`has compression method ${method}; known are 0 and 8`);
  if (method === STORED && storedSize !== size) throw refuse(`claims ${size} bytes and stores ${storedSize}`);

  if (size > storedSize * MAX_DEFLATE_RATIO)
    throw refuse(`claims ${size} bytes and stores ${storedSize}, too few for that`);
  const outside = () => refuse('lies outside the file: the archive is damaged or not complete');
  const headerStart = entry.relativeOffsetOfLocalHeader;
  if (headerStart + LOCAL_HEADER_BYTES > fileSize) throw outside();
  const header = readAt(descriptor, headerStart, LOCAL_HEADER_BYTES);
  if (header.readUInt32LE(0) !== LOCAL_HEADER) throw refuse('is not where the directory says: the archive is damaged');
  const start = headerStart + LOCAL_HEADER_BYTES + header.readUInt16LE(26) + header.readUInt16LE(28);
  if (start + storedSize > fileSize) throw outside();
  return { headerStart, start, storedSize, size, method, crc: entry.crc32 };
}
