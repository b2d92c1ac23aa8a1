import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Bytes that any file may unpack to: they are on the disk, and not in memory. */
const FREE_BYTES = 2 ** 31;
/** Largest ratio of unpacked to packed bytes above that. */
const MAX_RATIO = 100;

/** An open file without a name. */
export interface TemporaryFile {
  descriptor: number;
  /** Closes it; its space is free then. */
  close(): void;
}

/**
 * Unpacks a gzipped file to a temporary file, which can be read by position. It loses its name at once where the
 * system allows that, so that nothing is left behind even if the process is killed.
 *
 * @param signal stops the unpacking
 * @throws if it is not complete, the disk is full, or it unpacks to far more than images do
 */
export async function unpackToTemporaryFile(path: string, signal?: AbortSignal): Promise<TemporaryFile> {
  const packedBytes = statSync(path).size;
  const folder = mkdtempSync(join(tmpdir(), 'onestep-unpacked-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  let descriptor: number | null = null;
  try {
    descriptor = openSync(join(folder, 'archive.tar'), 'wx+', 0o600);
    if (process.platform !== 'win32') remove();
    const unpacked = createGunzip({ chunkSize: 1 << 18 });
    // The reader of `unpacked` gets the error of either stream.
    pipeline(createReadStream(path, { highWaterMark: 1 << 18 }), unpacked, () => undefined);
    let length = 0;
    for await (const piece of unpacked as AsyncIterable<Buffer>) {
      signal?.throwIfAborted();
      length += piece.length;
      if (length > FREE_BYTES && length > MAX_RATIO * packedBytes) {
        throw new Error(
          'it unpacks to more than 100 times its size, and may be a decompression bomb; unpack it yourself',
        );
      }
      for (let at = 0; at < piece.length;) at += writeSync(descriptor, piece, at);
    }
    const opened = descriptor;
    return {
      descriptor,
      close() {
        closeSync(opened);
        remove();
      },
    };
  } catch (error) {
    if (descriptor !== null) closeSync(descriptor);
    remove();
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
