import { crc32 } from 'node:zlib';
import type { StagedFile } from '../staged-file.js';

const LOCAL_HEADER = Buffer.from('PK\x03\x04', 'latin1');
const DIRECTORY_ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
const END_64_LOCATOR = 0x07064b50;
const VERSION_1 = 10;
const VERSION_64 = 45;
const UTF8_NAMES = 0x0800;
/** 1 January 1980, the first day the format knows: the same images always make the same file. */
const DATE = (1 << 5) | 1;
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;

/** What the directory will say of an entry. Small buffers instead would each keep the whole block that Node cuts them from. */
interface Entry {
  name: string;
  crc: number;
  size: number;
  /** Where its local header begins. */
  offset: number;
}

/**
 * Writes a ZIP archive of uncompressed ("stored") entries, whose data can be read by position.
 *
 * Format: PKWARE APPNOTE 6.3. The ZIP64 records appear only when the archive has more than 65,534 entries or its
 * directory begins beyond 4 GiB. Memory and time a file stay the same however many entries there are (yazl's time grows
 * with the square: 0.8 s for 20,000 entries, 4.4 s for 60,000).
 */
export class StoredZipWriter {
  private readonly entries: Entry[] = [];
  private offset = 0;

  constructor(private readonly file: StagedFile) {}

  /** Appends an entry. @throws if the disk is full */
  async add(name: string, data: Uint8Array): Promise<void> {
    const entry = { name, crc: crc32(data), size: data.length, offset: this.offset };
    this.entries.push(entry);
    await this.write(Buffer.concat([LOCAL_HEADER, sharedFields(entry), Buffer.from(name)]));
    await this.write(data);
  }

  /** Writes the directory, which completes the archive. */
  async end(): Promise<void> {
    const start = this.offset;
    for (const entry of this.entries) await this.write(directoryEntry(entry));
    const size = this.offset - start;
    const count = this.entries.length;
    if (count >= MAX_16 || size >= MAX_32 || start >= MAX_32) await this.write(end64(count, size, start, this.offset));
    const end = Buffer.alloc(22);
    end.writeUInt32LE(END, 0);
    end.writeUInt16LE(Math.min(count, MAX_16), 8);
    end.writeUInt16LE(Math.min(count, MAX_16), 10);
    end.writeUInt32LE(Math.min(size, MAX_32), 12);
    end.writeUInt32LE(Math.min(start, MAX_32), 16);
    await this.write(end);
  }

  private async write(bytes: Uint8Array): Promise<void> {
    this.offset += bytes.length;
    await this.file.write(bytes);
  }
}

/** What the local header and the directory say of an entry alike. */
function sharedFields({ name, crc, size }: Entry): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(VERSION_1, 0);
  fields.writeUInt16LE(UTF8_NAMES, 2);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function directoryEntry(written: Entry): Buffer {
  const { name, offset } = written;
  const far = offset >= MAX_32;
  const extra = far ? Buffer.alloc(12) : Buffer.alloc(0);
  if (far) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(BigInt(offset), 4);
  }
  const entry = Buffer.alloc(46);
  entry.writeUInt32LE(DIRECTORY_ENTRY, 0);
  entry.writeUInt16LE(far ? VERSION_64 : VERSION_1, 4);
  sharedFields(written).copy(entry, 6);
  entry.writeUInt16LE(extra.length, 30);
  entry.writeUInt32LE(Math.min(offset, MAX_32), 42);
  return Buffer.concat([entry, Buffer.from(name), extra]);
}

/** The ZIP64 end record and its locator, which stand before the ordinary end record. */
function end64(count: number, size: number, start: number, at: number): Buffer {
  const records = Buffer.alloc(56 + 20);
  records.writeUInt32LE(END_64, 0);
  records.writeBigUInt64LE(44n, 4);
  records.writeUInt16LE(VERSION_64, 12);
  records.writeUInt16LE(VERSION_64, 14);
  records.writeBigUInt64LE(BigInt(count), 24);
  records.writeBigUInt64LE(BigInt(count), 32);
  records.writeBigUInt64LE(BigInt(size), 40);
  records.writeBigUInt64LE(BigInt(start), 48);
  records.writeUInt32LE(END_64_LOCATOR, 56);
  records.writeBigUInt64LE(BigInt(at), 64);
  records.writeUInt32LE(1, 72);
  return records;
}
