import { CheckpointError } from '../checkpoint-error.js';
import type { ByteRange } from './byte-range.js';
import { latin1 } from './latin1.js';

/** How much of a file is looked at in one piece. */
const WINDOW = 1 << 15;
const LINE_BREAK = 0x0a;

/** Reads numbers, strings and ranges one after the other. Everything is checked against the end of the range. */
export class ByteReader {
  /** Where the next byte is, counted from the start of the range. */
  position = 0;
  private window: Uint8Array = new Uint8Array(0);
  private windowStart = 0;

  constructor(readonly range: ByteRange) {}

  get name(): string {
    return this.range.source.name;
  }

  uint8(): number {
    const at = this.advance(1);
    return this.window[at]!;
  }

  uint16(): number {
    return this.next(2).getUint16(0, true);
  }

  int32(): number {
    return this.next(4).getInt32(0, true);
  }

  uint32(): number {
    return this.next(4).getUint32(0, true);
  }

  /** @throws CheckpointError beyond 2^53: no file has such sizes */
  uint64(): number {
    const value = Number(this.next(8).getBigUint64(0, true));
    if (!Number.isSafeInteger(value)) throw new CheckpointError(this.name, `a size of ${value} bytes is stated`);
    return value;
  }

  /** A float64 in the byte order of pickles: the highest byte first. */
  float64BigEndian(): number {
    return this.next(8).getFloat64(0, false);
  }

  /** The next bytes, unread. */
  take(length: number): ByteRange {
    const range = this.range.slice(this.position, length);
    this.position += length;
    return range;
  }

  /** Text up to the next line break, which is left out; a letter for each byte. */
  line(): string {
    const start = this.position;
    while (this.uint8() !== LINE_BREAK) {
      const rest = this.window.subarray(this.position - this.windowStart);
      const found = rest.indexOf(LINE_BREAK);
      this.position += found === -1 ? rest.length : found;
    }
    return latin1(this.range.slice(start, this.position - start - 1).bytes());
  }

  private next(length: number): DataView {
    const at = this.advance(length);
    return new DataView(this.window.buffer, this.window.byteOffset + at, length);
  }

  /** Brings the next `length` bytes into the window. @returns where they begin in it */
  private advance(length: number): number {
    const { range, position } = this;
    if (position + length > range.length) {
      throw new CheckpointError(this.name, `it ends at byte ${range.start + range.length}, in the middle of something`);
    }
    if (position < this.windowStart || position + length > this.windowStart + this.window.length) {
      this.window = range.slice(position, Math.min(WINDOW, range.length - position)).bytes();
      this.windowStart = position;
    }
    this.position = position + length;
    return position - this.windowStart;
  }
}
