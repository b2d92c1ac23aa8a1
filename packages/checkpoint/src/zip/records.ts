/**
 * The records of a ZIP archive (PKWARE APPNOTE 6.3, sections 4.3.7 to 4.3.16), little-endian. Archives
 * written here are not compressed ("stored"), and have 64-bit records only where a number needs one: beyond 4
 * GiB or 65,534 entries.
 */

/** Signatures that records begin with. */
export const LOCAL_HEADER = 0x04034b50;
export const DIRECTORY_ENTRY = 0x02014b50;
export const END = 0x06054b50;
export const END_64 = 0x06064b50;
export const END_64_LOCATOR = 0x07064b50;

/**
 * Bytes of a local header without its name and extra fields.
 *
 * @internal
 */
export const LOCAL_HEADER_BYTES = 30;
/** Bytes of other records without names, extra fields and comments. */
export const DIRECTORY_ENTRY_BYTES = 46;
export const END_BYTES = 22;
export const END_64_BYTES = 56;
export const END_64_LOCATOR_BYTES = 20;

/** Identifier of the extra field with the 64-bit numbers of a record. */
export const WIDE_FIELD = 1;
/** Identifier of the extra field that PyTorch pads local headers with. */
const PADDING_FIELD = 0x4246;
/** Written in place of a number of this size or larger, which then stands in a 64-bit record. */
export const MAX_16 = 0xffff;
export const MAX_32 = 0xffffffff;

/** Version of the format that a stored entry needs, and one with 64-bit numbers. */
const VERSION = 10;
const VERSION_64 = 45;
const UTF8_NAME = 0x0800;
/** 1 January 1980, the first day the format has: the same contents always make the same file. */
const DATE = (1 << 5) | 1;

/** An entry of an archive. */
export interface StoredEntry {
  name: string;
  /** CRC-32 of the contents. */
  crc: number;
  /** Bytes of the contents. */
  size: number;
  /** Position of its local header in the archive. */
  offset: number;
}

/**
 * The local header of an entry, which its contents follow.
 *
 * @param alignment the contents begin at a multiple of it, by an extra field for padding; 1 for no such field
 */
export function localHeader(entry: StoredEntry, alignment: number): Uint8Array {
  const { name, size, offset } = entry;
  const wide = size >= MAX_32 ? [size, size] : [];
  const out = new RecordWriter(LOCAL_HEADER_BYTES + 3 * name.length + wideFieldBytes(wide) + 4 + alignment);
  out.u32(LOCAL_HEADER);
  writeCommonFields(out, entry);
  out.at = LOCAL_HEADER_BYTES;
  const nameLength = out.text(name);
  out.wideField(wide);
  if (alignment > 1) {
    const padding = (alignment - ((offset + out.at + 4) % alignment)) % alignment;
    out.u16(PADDING_FIELD);
    out.u16(padding);
    out.at += padding;
  }
  out.setU16(26, nameLength);
  out.setU16(28, out.at - LOCAL_HEADER_BYTES - nameLength);
  return out.bytes();
}

/** The record of an entry in the directory at the end of an archive. */
export function directoryEntry(entry: StoredEntry): Uint8Array {
  const { name, size, offset } = entry;
  const wide = size >= MAX_32 ? [size, size] : [];
  if (offset >= MAX_32) wide.push(offset);
  const out = new RecordWriter(DIRECTORY_ENTRY_BYTES + 3 * name.length + wideFieldBytes(wide));
  out.u32(DIRECTORY_ENTRY);
  out.u16(wide.length > 0 ? VERSION_64 : VERSION);
  writeCommonFields(out, entry);
  out.setU32(42, offset);
  out.at = DIRECTORY_ENTRY_BYTES;
  out.setU16(28, out.text(name));
  out.setU16(30, wideFieldBytes(wide));
  out.wideField(wide);
  return out.bytes();
}

/**
 * The records at the end of an archive, which say where the directory is.
 *
 * @param count number of entries
 * @param length bytes of the directory
 * @param start position of the directory
 */
export function endRecords(count: number, length: number, start: number): Uint8Array {
  const out = new RecordWriter(END_64_BYTES + END_64_LOCATOR_BYTES + END_BYTES);
  if (count >= MAX_16 || length >= MAX_32 || start >= MAX_32) {
    out.u32(END_64);
    // The length of what follows it in this record.
    out.u64(END_64_BYTES - 12);
    out.u16(VERSION_64);
    out.u16(VERSION_64);
    out.at += 8;
    for (const number of [count, count, length, start]) out.u64(number);
    out.u32(END_64_LOCATOR);
    out.at += 4;
    out.u64(start + length);
    out.u32(1);
  }
  out.u32(END);
  out.at += 4;
  out.u16(count);
  out.u16(count);
  out.u32(length);
  out.u32(start);
  out.at += 2;
  return out.bytes();
}

/**
 * Reads the length of an entry's local header, which its contents follow. The name and extra fields of a
 * local header may differ from those in the directory.
 *
 * @param header its first {@link LOCAL_HEADER_BYTES} bytes
 * @returns null if this is not a local header
 * @internal
 */
export function localHeaderLength(header: Uint8Array): number | null {
  const view = new DataView(header.buffer, header.byteOffset, header.length);
  if (view.getUint32(0, true) !== LOCAL_HEADER) return null;
  return LOCAL_HEADER_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

/** The fields from the version to the sizes, which local headers and directory entries share. */
function writeCommonFields(out: RecordWriter, { crc, size }: StoredEntry): void {
  out.u16(size >= MAX_32 ? VERSION_64 : VERSION);
  out.u16(UTF8_NAME);
  // Method (0: stored) and time of day.
  out.at += 4;
  out.u16(DATE);
  out.u32(crc);
  out.u32(size);
  out.u32(size);
}

/** Bytes of the extra field with these 64-bit numbers, which is left out if there are none. */
function wideFieldBytes(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : 4 + 8 * numbers.length;
}

/** Writes fields one after another. Numbers too large for their field become the field's maximum. */
class RecordWriter {
  at = 0;
  private readonly buffer: Uint8Array;
  private readonly view: DataView;

  constructor(maxLength: number) {
    this.buffer = new Uint8Array(maxLength);
    this.view = new DataView(this.buffer.buffer);
  }

  u16(number: number): void {
    this.setU16(this.at, number);
    this.at += 2;
  }

  u32(number: number): void {
    this.setU32(this.at, number);
    this.at += 4;
  }

  u64(number: number): void {
    this.view.setUint32(this.at, number % 2 ** 32, true);
    this.view.setUint32(this.at + 4, Math.floor(number / 2 ** 32), true);
    this.at += 8;
  }

  setU16(at: number, number: number): void {
    this.view.setUint16(at, Math.min(number, MAX_16), true);
  }

  setU32(at: number, number: number): void {
    this.view.setUint32(at, Math.min(number, MAX_32), true);
  }

  /**
   * Writes text as UTF-8.
   *
   * @returns its number of bytes
   */
  text(text: string): number {
    const { written } = TEXT_ENCODER.encodeInto(text, this.buffer.subarray(this.at));
    this.at += written;
    return written;
  }

  wideField(numbers: readonly number[]): void {
    if (numbers.length === 0) return;
    this.u16(WIDE_FIELD);
    this.u16(8 * numbers.length);
    for (const number of numbers) this.u64(number);
  }

  bytes(): Uint8Array {
    return this.buffer.subarray(0, this.at);
  }
}

const TEXT_ENCODER = new TextEncoder();
