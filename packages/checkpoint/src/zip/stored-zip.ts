import { crc32 } from './crc32.js';
import { directoryEntry, endRecords, localHeader, type StoredEntry } from './records.js';

/**
 * Writes a ZIP archive of uncompressed entries, whose contents can be read by position. The same contents
 * always make the same bytes. Only the name and three numbers of an entry are kept, so memory and time per
 * entry do not grow with the number of entries.
 *
 * Format: PKWARE APPNOTE 6.3. The archive has 64-bit records only beyond 4 GiB or 65,534 entries.
 *
 * @internal
 */
export class StoredZipWriter {
  private readonly entries: StoredEntry[] = [];
  private offset = 0;

  /** @param alignment the contents of every entry begin at a multiple of this number of bytes. Default 1 */
  constructor(private readonly alignment = 1) {}

  /**
   * Adds an entry.
   *
   * @returns its local header: write it, then `contents`
   */
  add(name: string, contents: Uint8Array): Uint8Array {
    const entry = { name, crc: crc32(contents), size: contents.length, offset: this.offset };
    this.entries.push(entry);
    const header = localHeader(entry, this.alignment);
    this.offset += header.length + contents.length;
    return header;
  }

  /** The directory, which completes the archive, in pieces. */
  *end(): Generator<Uint8Array> {
    let length = 0;
    for (const entry of this.entries) {
      const record = directoryEntry(entry);
      length += record.length;
      yield record;
    }
    yield endRecords(this.entries.length, length, this.offset);
  }
}

/** A file to put into an archive. */
export interface ZipFile {
  name: string;
  /** Makes the contents; called when its turn comes. */
  contents(): Uint8Array;
}

/** PyTorch maps entries into memory, at multiples of this number of bytes. */
const PYTORCH_ALIGNMENT = 64;

/** An uncompressed ZIP archive in pieces, aligned as PyTorch's. One file at a time is in memory. */
export function* storedZip(files: Iterable<ZipFile>): Generator<Uint8Array> {
  const zip = new StoredZipWriter(PYTORCH_ALIGNMENT);
  for (const { name, contents } of files) {
    const bytes = contents();
    yield zip.add(name, bytes);
    yield bytes;
  }
  yield* zip.end();
}
