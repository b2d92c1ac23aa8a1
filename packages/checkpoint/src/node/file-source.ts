import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { CheckpointError } from '../checkpoint-error.js';
import type { ByteSource } from '../bytes/byte-source.js';

/**
 * A file as a source of bytes: each read opens it, reads just the bytes asked for, and closes it, so that nothing has to
 * be closed later.
 *
 * @throws the file system's error if it is missing; a read throws CheckpointError if the file has changed since
 */
export function fileSource(path: string): ByteSource {
  const { size, mtimeMs } = checkedFile(path);
  return {
    name: path,
    length: size,
    read(start, length) {
      const descriptor = openSync(path, 'r');
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

function checkedFile(path: string): { size: number; mtimeMs: number } {
  const status = statSync(path);
  if (!status.isFile()) throw new CheckpointError(path, 'it is not a file');
  return status;
}
