import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32 } from 'node:zlib';
import yauzl from 'yauzl';
import { BackendError } from '../backend-error.js';
import { summarizeError } from '../optional-package.js';

/**
 * Unpacks a part of a wheel, which is a ZIP archive. Names that lead out of the archive are refused.
 *
 * @param wanted which files, by their name in the archive
 * @returns number and size of the files
 * @throws BackendError if the archive is damaged or has no such file
 */
export async function unpackWheel(
  path: string,
  folder: string,
  wanted: (name: string) => boolean,
  signal?: AbortSignal,
): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  try {
    const zip = await yauzl.openPromise(path, { lazyEntries: true, autoClose: true });
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/') || !wanted(entry.fileName)) continue;
      signal?.throwIfAborted();
      await unpackEntry(zip, entry, join(folder, entry.fileName), signal);
      files += 1;
      bytes += entry.uncompressedSize;
    }
  } catch (error) {
    signal?.throwIfAborted();
    // Errors of the file system, which have a code, are passed on unchanged.
    if (isFileSystemError(error)) throw error;
    throw new BackendError(
      `${path} is not a complete wheel (${summarizeError(error)}). Delete it, and download or copy it again.`,
      { cause: error },
    );
  }
  if (files === 0)
    throw new BackendError(`${path} has none of the files that the engine needs. Is it the right wheel?`);
  return { files, bytes };
}

function isFileSystemError(error: unknown): boolean {
  return /^E[A-Z]+$/.test((error as NodeJS.ErrnoException).code ?? '');
}

const EXECUTABLE = 0o111;

async function unpackEntry(zip: yauzl.ZipFile, entry: yauzl.Entry, to: string, signal?: AbortSignal): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  // The upper half of the attributes is the file's mode on Unix.
  const isExecutable = ((entry.externalFileAttributes >>> 16) & EXECUTABLE) !== 0;
  let checksum = 0;
  const check = new Transform({
    transform(piece: Buffer, _, done) {
      checksum = crc32(piece, checksum);
      done(null, piece);
    },
  });
  const from = await zip.openReadStreamPromise(entry);
  await pipeline(from, check, createWriteStream(to, { mode: isExecutable ? 0o755 : 0o644 }), { signal });
  if (checksum !== entry.crc32) throw new Error(`the checksum of ${entry.fileName} is wrong`);
}
