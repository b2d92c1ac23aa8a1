import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { readAt } from '../random-access.js';

/** Bytes that are read by position. */
export interface RandomAccess {
  readonly size: number;
  /** Reads `length` bytes, or fewer at the end. */
  read(position: number, length: number): Uint8Array;
  close(): void;
}

/** Bytes that are kept in memory; all of CIFAR-10 has 178 million. */
const MEMORY_BYTES = 192 * 2 ** 20;
/** Largest ratio of unpacked to packed bytes above that. Archives of images have less than 2. */
export const MAX_RATIO = 100;
const PIECE = 1 << 20;

/**
 * Unpacks a gzipped file: into memory, or from 192 MiB on to a temporary file. That loses its name at once where the
 * system allows it, so that nothing is left behind even if the process is killed.
 *
 * @param signal stops the unpacking
 * @throws if it is not complete, the disk is full, or it unpacks to far more than images do
 */
export async function unpackGzip(path: string, signal?: AbortSignal): Promise<RandomAccess> {
  const packedBytes = statSync(path).size;
  const memory = new MemoryBytes();
  let file: TemporaryBytes | null = null;
  try {
    const unpacked = createGunzip({ chunkSize: 1 << 18 });
    // The reader of `unpacked` gets the error of either stream.
    pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), unpacked, () => undefined);
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      const length = (file ?? memory).size + piece.length;
      if (length > MEMORY_BYTES && length > MAX_RATIO * packedBytes) {
        throw new Error(
          `it unpacks to more than ${MAX_RATIO} times its size, and may be a decompression bomb; unpack it yourself`,
        );
      }
      if (file === null && length > MEMORY_BYTES) {
        file = new TemporaryBytes();
        memory.moveTo(file);
      }
      (file ?? memory).append(piece);
    }
    return file ?? memory;
  } catch (error) {
    file?.close();
    signal?.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    const what =
      code === 'ENOSPC'
        ? `the disk of ${tmpdir()} is full, where it is unpacked; set TMPDIR to a folder with space, or unpack it yourself`
        : code === 'Z_BUF_ERROR'
          ? 'the file is cut short; copy it again'
          : message;
    throw new Error(`${path}: not unpacked: ${what}.`, { cause: error });
  }
}

class MemoryBytes implements RandomAccess {
  size = 0;
  private pieces: Buffer[] = [];

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const place = this.size % PIECE;
      if (place === 0) this.pieces.push(Buffer.allocUnsafe(PIECE));
      const part = bytes.subarray(at, at + PIECE - place);
      this.pieces.at(-1)!.set(part, place);
      this.size += part.length;
      at += part.length;
    }
  }

  read(position: number, length: number): Uint8Array {
    const end = Math.min(position + length, this.size);
    const out = new Uint8Array(Math.max(0, end - position));
    for (let at = position; at < end;) {
      const place = at % PIECE;
      const part = this.pieces[Math.floor(at / PIECE)]!.subarray(place, Math.min(PIECE, place + end - at));
      out.set(part, at - position);
      at += part.length;
    }
    return out;
  }

  moveTo(file: TemporaryBytes): void {
    for (let at = 0; at < this.size; at += PIECE) file.append(this.read(at, PIECE));
    this.close();
  }

  close(): void {
    this.pieces = [];
    this.size = 0;
  }
}

class TemporaryBytes implements RandomAccess {
  size = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), 'onestep-unpacked-'));
  private readonly descriptor: number;

  constructor() {
    try {
      this.descriptor = openSync(join(this.folder, 'archive.tar'), 'wx+', 0o600);
    } catch (error) {
      this.remove();
      throw error;
    }
    if (process.platform !== 'win32') this.remove();
  }

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.descriptor, bytes, at);
    this.size += bytes.length;
  }

  read(position: number, length: number): Uint8Array {
    return readAt(this.descriptor, position, Math.max(0, Math.min(length, this.size - position)));
  }

  close(): void {
    closeSync(this.descriptor);
    if (process.platform === 'win32') this.remove();
  }

  private remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
