import { closeSync, fstatSync, readSync, type BigIntStats } from 'node:fs';
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
  const status = checkFile(path);
  return {
    name: path,
    length: Number(status.size),
    read(start, length) {
      const descriptor = openRegularFile(path);
      try {
        if (isOther(fstatSync(descriptor, { bigint: true }), status)) {
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

/** Whether a file was replaced or written, also by one of equal size and date. */
function isOther(now: BigIntStats, before: BigIntStats): boolean {
  return (['dev', 'ino', 'size', 'mtimeNs'] as const).some((name) => now[name] !== before[name]);
}

function checkFile(path: string): BigIntStats {
  const descriptor = openRegularFile(path);
  try {
    return fstatSync(descriptor, { bigint: true });
  } finally {
    closeSync(descriptor);
  }
}
