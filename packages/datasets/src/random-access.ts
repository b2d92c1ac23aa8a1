import { openSync, readSync, statSync } from 'node:fs';

/**
 * Opens a file to read it by position.
 *
 * @returns its descriptor
 * @throws naming the file if it cannot be opened
 */
export function openToRead(path: string): number {
  try {
    // Opening a pipe would wait for its writer.
    if (statSync(path).isFIFO()) throw new Error('it is a pipe, and not a file');
    return openSync(path, 'r');
  } catch (error) {
    throw new Error(`${path} cannot be read: ${(error as Error).message}.`, { cause: error });
  }
}

/** Reads `length` bytes of a file, or fewer at its end. */
export function readAt(descriptor: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const read = readSync(descriptor, bytes, done, length - done, position + done);
    if (read === 0) return bytes.subarray(0, done);
    done += read;
  }
  return bytes;
}
