import { closeSync, fstatSync, readSync } from 'node:fs';
import { CheckpointError } from '../checkpoint-error.js';
import type { ByteSource } from '../bytes/byte-range.js';
import { openRegularFile } from './regular-file.js';

/**
 * A file as a source of bytes. Each read opens the file, reads the requested bytes and closes it, so that
 * there is nothing to close later.
 *
 * @throws the file system's error if the file is missing; a read throws CheckpointError if the file has
 *   changed since
 */
export function fileSource(path: string): ByteSource {
  const { size, mtimeMs } = checkFile(path);
  return {
    name: path,
    length: size,
    read(start, length) {
      const descriptor = openRegularFile(path);
      try {
        const now = fstatSync(descriptor);
        if (now.size !== size || now.mtimeMs !== mtimeMs) {
          throw new CheckpointError(path, 'it was changed while it was being read');
        }
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length;) {
          const read = readSync(descriptor, bytes, done, length - done, start + done);
          if (read === 0) throw new CheckpointError(path, `it ends before byte ${start + length}`);
          done += read;
        }
        return bytes;
      } finally {
        closeSync(descriptor);
      }
    },
  };
}

function checkFile(path: string): { size: number; mtimeMs: number } {
  const descriptor = openRegularFile(path);
  try {
    return fstatSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
