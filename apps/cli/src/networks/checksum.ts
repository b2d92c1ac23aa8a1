import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../user-error.js';

const PIECE = 1 << 20;

/** The SHA-256 of a file, in hexadecimal. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) hash.update(piece as Buffer);
  return hash.digest('hex');
}

/** The ending of a name that PyTorch's hub gives files: the first digits of their SHA-256. */
const NAMED = /-([0-9a-f]{8,})\.(?:pth|pt|safetensors)$/;

/** @throws UserError if a file's name has the first digits of a checksum, and its contents have another */
export async function assertNamedChecksum(path: string): Promise<void> {
  const digits = NAMED.exec(basename(path))?.[1];
  if (digits === undefined) return;
  const actual = await sha256OfFile(path);
  if (actual.startsWith(digits)) return;
  throw new UserError(
    `${path}: its SHA-256 begins with ${actual.slice(0, digits.length)}, and its name says ${digits}: it is not complete, or ` +
      'another file. Delete it and get it again.',
  );
}
