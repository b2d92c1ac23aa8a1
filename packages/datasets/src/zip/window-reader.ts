import yauzl from 'yauzl';
import { readAt } from '../random-access.js';

const WINDOW_BYTES = 1 << 20;

/**
 * Reads an open file for yauzl in large pieces. yauzl reads a directory of 60,000 entries in 120,000 small
 * steps, which take 2 s if each goes to the file system.
 */
export class WindowReader extends yauzl.RandomAccessReader {
  private window: Buffer = Buffer.alloc(0);
  private start = 0;

  constructor(private readonly descriptor: number) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    try {
      if (position < this.start || position + length > this.start + this.window.length) {
        this.window = readAt(this.descriptor, position, Math.max(length, WINDOW_BYTES));
        this.start = position;
      }
    } catch (error) {
      process.nextTick(callback, error);
      return;
    }
    const read = this.window.copy(buffer, offset, position - this.start, position - this.start + length);
    // In the next tick: yauzl would recurse once for every entry.
    process.nextTick(callback, read < length ? new Error('unexpected end of file') : null, read);
  }
}
