import { joined } from '../bytes/joined.js';
import { crc32 } from './crc32.js';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_ENTRY = 0x02014b50;
const END = 0x06054b50;
const END_64 = 0x06064b50;
/** Of the 64-bit end record, after its signature and its length. */
const END_64_BYTES = 44;
const END_64_LOCATOR = 0x07064b50;
const VERSION = 10;
/** The version that knows 64-bit records. */
const VERSION_64 = 45;
const UTF8_NAMES = 0x0800;
/** 1 January 1980, the first day the format knows: the same contents always make the same file. */
const DATE = (1 << 5) | 1;
/** PyTorch maps entries into memory: they begin at multiples of this. */
const ALIGNMENT = 64;
/** Identifier of the extra field with the 64-bit numbers that do not fit where they belong. */
const WIDE_FIELD = 1;
/** Identifier of the extra field that PyTorch pads headers with. */
const PADDING_FIELD = 0x4246;
/** Written in place of a number that is this or more, and stands in a 64-bit record. */
const MAX_16 = 0xffff;
const MAX_32 = 0xffffffff;

/** A file to put into an archive. */
export interface ZipEntry {
  name: string;
  size: number;
  /** Called when its turn comes. */
  contents(): Uint8Array;
}

/**
 * An uncompressed ZIP archive (PKWARE APPNOTE 6.3) in pieces, the contents of each entry aligned to 64 bytes. It has
 * 64-bit records only where numbers need them: beyond 4 GiB or 65,534 entries.
 */
export function* storedZip(entries: readonly ZipEntry[]): Generator<Uint8Array> {
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, size, contents } of entries) {
    const encodedName = new TextEncoder().encode(name);
    const data = contents();
    if (data.length !== size) throw new Error(`${name} has ${data.length} bytes and was to have ${size}.`);
    const sizes = size >= MAX_32 ? [size, size] : [];
    const wideHere = wideField(sizes);
    const wideListed = wideField(offset >= MAX_32 ? [...sizes, offset] : sizes);
    const padding = paddingField(offset + LOCAL_HEADER_BYTES + encodedName.length + wideHere.length);
    const version = u16(wideListed.length > 0 ? VERSION_64 : VERSION);
    // Version, flags, method 0, time, date, checksum, sizes and the name's length, which header and directory share.
    const common = [version, u16(UTF8_NAMES), u16(0), u16(0), u16(DATE), u32(crc32(data)), u32(size), u32(size)];
    common.push(u16(encodedName.length));
    const listed = [u32(DIRECTORY_ENTRY), version, ...common, u16(wideListed.length), new Uint8Array(10), u32(offset)];
    directory.push(joined([...listed, encodedName, wideListed]));
    const extra = joined([wideHere, padding]);
    const header = joined([u32(LOCAL_HEADER), ...common, u16(extra.length), encodedName, extra]);
    yield header;
    yield data;
    offset += header.length + size;
  }
  yield joined([...directory, ...end(entries.length, lengthOf(directory), offset)]);
}

/** The records at the end, which say where the directory is. */
function end(count: number, length: number, start: number): Uint8Array[] {
  const last = [u32(END), u32(0), u16(count), u16(count), u32(length), u32(start), u16(0)];
  if (count < MAX_16 && length < MAX_32 && start < MAX_32) return last;
  const numbers = [count, count, length, start].map(u64);
  const record = [u32(END_64), u64(END_64_BYTES), u16(VERSION_64), u16(VERSION_64), u32(0), u32(0), ...numbers];
  const locator = [u32(END_64_LOCATOR), u32(0), u64(start + length), u32(1)];
  return [...record, ...locator, ...last];
}

/** The extra field of numbers beyond 32 bits; nothing if there are none. */
function wideField(values: readonly number[]): Uint8Array {
  if (values.length === 0) return new Uint8Array(0);
  return joined([u16(WIDE_FIELD), u16(8 * values.length), ...values.map(u64)]);
}

/** An extra field that makes what follows it begin at a multiple of {@link ALIGNMENT}. */
function paddingField(start: number): Uint8Array {
  const padding = (ALIGNMENT - ((start + 4) % ALIGNMENT)) % ALIGNMENT;
  return joined([u16(PADDING_FIELD), u16(padding), new Uint8Array(padding)]);
}

function lengthOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function u16(number: number): Uint8Array {
  const value = Math.min(number, MAX_16);
  return Uint8Array.of(value, value >> 8);
}

function u32(number: number): Uint8Array {
  const value = Math.min(number, MAX_32);
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}

function u64(number: number): Uint8Array {
  return joined([u32(number % 2 ** 32), u32(Math.floor(number / 2 ** 32))]);
}
