import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const PIECE = 1 << 20;

/**
 * Computes the SHA-256 of a file.
 *
 * @returns 64 hexadecimal digits
 * @throws the file system's error if the file cannot be read
 */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) hash.update(piece as Buffer);
  return hash.digest('hex');
}
