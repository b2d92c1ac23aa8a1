import { CheckpointError } from '../checkpoint-error.js';
import type { ByteRange } from './byte-range.js';

/** Bytes read from the source at once. */
const WINDOW = 1 << 15;
const LINE_BREAK = 0x0a;
/** Bytes decoded at once; the number of a function's arguments is limited. */
const LATIN1_CHUNK = 1 << 13;

/** Reads numbers, strings and ranges one after another. Every read is checked against the end of the range. */
export class ByteReader {
  /** Position of the next byte, from the start of the range. */
  position = 0;
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  constructor(readonly range: ByteRange) {}

  /** The source's name. */
  get name(): string {
    return this.range.source.name;
  }

  uint8(): number {
    const at = this.advance(1);
    return this.window[at]!;
  }

  uint16(): number {
    return this.view(2).getUint16(0, true);
  }

  int32(): number {
    return this.view(4).getInt32(0, true);
  }

  uint32(): number {
    return this.view(4).getUint32(0, true);
  }

  /** @throws CheckpointError beyond 2^53: no file has such sizes */
  uint64(): number {
    const value = Number(this.view(8).getBigUint64(0, true));
    if (!Number.isSafeInteger(value)) throw new CheckpointError(this.name, `it states a size of ${value} bytes`);
    return value;
  }

  /** A float64 in the byte order of pickles: highest byte first. */
  float64BigEndian(): number {
    return this.view(8).getFloat64(0, false);
  }

  /** The next `length` bytes, unread. */
  take(length: number): ByteRange {
    const range = this.range.slice(this.position, length);
    this.position += length;
    return range;
  }

  /** Latin-1 text up to the next line break, without the line break. */
  line(): string {
    const start = this.position;
    while (this.uint8() !== LINE_BREAK) {
      const rest = this.window.subarray(this.position - this.windowStart);
      const found = rest.indexOf(LINE_BREAK);
      this.position += found === -1 ? rest.length : found;
    }
    return decodeLatin1(this.range.slice(start, this.position - start - 1).bytes());
  }

  private view(length: number): DataView {
    const at = this.advance(length);
    return new DataView(this.window.buffer, this.window.byteOffset + at, length);
  }

  /**
   * Brings the next `length` bytes into the window.
   *
   * @returns their position in it
   */
  private advance(length: number): number {
    const { range, position } = this;
    if (position + length > range.length) {
      throw new CheckpointError(
        this.name,
        `it ends at byte ${range.start + range.length}, in the middle of something; is the file complete?`,
      );
    }
    if (position < this.windowStart || position + length > this.windowStart + this.window.length) {
      this.window = range.slice(position, Math.min(WINDOW, range.length - position)).bytes();
      this.windowStart = position;
    }
    this.position = position + length;
    return position - this.windowStart;
  }
}

/** Decodes Latin-1 text: one character per byte. */
export function decodeLatin1(bytes: Uint8Array): string {
  const pieces: string[] = [];
  for (let at = 0; at < bytes.length; at += LATIN1_CHUNK) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + LATIN1_CHUNK)));
  }
  return pieces.join('');
}
