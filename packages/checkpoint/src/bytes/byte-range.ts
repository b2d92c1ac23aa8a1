import { CheckpointError } from '../checkpoint-error.js';

/** Bytes that are read by position: a buffer, or a file of which only the requested parts come into memory. */
export interface ByteSource {
  /** Used in messages: a path, or a description. */
  readonly name: string;
  /** Number of bytes. */
  readonly length: number;
  /**
   * Reads `length` bytes from `start` on, all inside the source. The result may be a view; do not change it.
   */
  read(start: number, length: number): Uint8Array;
}

/**
 * A buffer as a source. Reading gives views of the buffer.
 *
 * @param name used in messages
 * @internal
 */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return { name, length: bytes.length, read: (start, length) => bytes.subarray(start, start + length) };
}

/**
 * An unread stretch of a {@link ByteSource}. Byte strings and storages of a file are represented by it.
 *
 * @internal
 */
export class ByteRange {
  constructor(
    readonly source: ByteSource,
    readonly start = 0,
    readonly length = source.length,
  ) {}

  /**
   * A part of this range.
   *
   * @throws CheckpointError if it does not lie inside
   */
  slice(start: number, length: number): ByteRange {
    if (!(start >= 0 && length >= 0 && start + length <= this.length)) {
      throw new CheckpointError(
        this.source.name,
        `it refers to bytes ${start} to ${start + length} where there are only ${this.length}; is the file complete?`,
      );
    }
    return new ByteRange(this.source, this.start + start, length);
  }

  /** Reads the range: a view if the source is in memory, else a buffer of its own. */
  bytes(): Uint8Array {
    return this.length === 0 ? new Uint8Array(0) : this.source.read(this.start, this.length);
  }
}
