import { CheckpointError } from '../checkpoint-error.js';
import type { ByteSource } from './byte-source.js';

/** A stretch of a {@link ByteSource} that nobody has read yet. It is what byte strings and storages of a file become. */
export class ByteRange {
  constructor(
    readonly source: ByteSource,
    readonly start = 0,
    readonly length = source.length,
  ) {}

  /** A part of it. @throws CheckpointError if it does not lie inside */
  slice(start: number, length: number): ByteRange {
    if (!(start >= 0 && length >= 0 && start + length <= this.length)) {
      throw new CheckpointError(
        this.source.name,
        `bytes ${start} to ${start + length} are asked for where only ${this.length} are; is the file complete?`,
      );
    }
    return new ByteRange(this.source, this.start + start, length);
  }

  /** Reads it: a view where the source is in memory, else a buffer of its own. */
  bytes(): Uint8Array {
    return this.length === 0 ? new Uint8Array(0) : this.source.read(this.start, this.length);
  }
}
