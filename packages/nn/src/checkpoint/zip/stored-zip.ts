import { joined } from '../bytes/joined.js';
import { crc32 } from './crc32.js';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const DIRECTORY_ENTRY = 0x02014b50;
const END = 0x06054b50;
const VERSION = 10;
const UTF8_NAMES = 0x0800;
/** 1 January 1980, the first day the format knows: the same contents always make the same file. */
const DATE = (1 << 5) | 1;
/** PyTorch maps entries into memory: they begin at multiples of this. */
const ALIGNMENT = 64;
/** Identifier of the extra field that PyTorch pads headers with. */
const PADDING_FIELD = 0x4246;
const MAX_ENTRIES = 0xfffe;
const MAX_SIZE = 0xfffffffe;

/** A file to put into an archive. */
export interface ZipEntry {
  name: string;
  size: number;
  /** Called when its turn comes. */
  contents(): Uint8Array;
}

/**
 * An uncompressed ZIP archive (PKWARE APPNOTE 6.3) in pieces, the contents of each entry aligned to 64 bytes.
 *
 * @throws if it would be larger than 4 GiB, before anything is made
 */
export function* storedZip(entries: readonly ZipEntry[]): Generator<Uint8Array> {
  const total = entries.reduce((sum, { size }) => sum + size + 1024, 0);
  if (total > MAX_SIZE || entries.length > MAX_ENTRIES) {
    throw new Error(
      'A .pth file of more than 4 GiB or 65,534 tensors is not written here: write .safetensors instead.',
    );
  }
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { name, size, contents } of entries) {
    const encodedName = new TextEncoder().encode(name);
    const data = contents();
    if (data.length !== size) throw new Error(`${name} has ${data.length} bytes and was to have ${size}.`);
    const extra = paddingField(offset + LOCAL_HEADER_BYTES + encodedName.length);
    // Version, flags, method 0, time, date, checksum, sizes and the name's length, which header and directory share.
    const common = [u16(VERSION), u16(UTF8_NAMES), u16(0), u16(0), u16(DATE), u32(crc32(data)), u32(size), u32(size)];
    common.push(u16(encodedName.length));
    directory.push(
      joined([u32(DIRECTORY_ENTRY), u16(VERSION), ...common, new Uint8Array(12), u32(offset), encodedName]),
    );
    const header = joined([u32(LOCAL_HEADER), ...common, u16(extra.length), encodedName, extra]);
    yield header;
    yield data;
    offset += header.length + size;
  }
  const listing = joined(directory);
  const count = u16(entries.length);
  yield joined([listing, u32(END), u32(0), count, count, u32(listing.length), u32(offset), u16(0)]);
}

/** An extra field that makes what follows it begin at a multiple of {@link ALIGNMENT}. */
function paddingField(start: number): Uint8Array {
  const padding = (ALIGNMENT - ((start + 4) % ALIGNMENT)) % ALIGNMENT;
  return joined([u16(PADDING_FIELD), u16(padding), new Uint8Array(padding)]);
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >> 8, value >> 16, value >> 24);
}
