import { basename } from 'node:path';
import { sha256OfFile } from 'onestep/node';
import { UserError } from '../user-error.js';

/** The end of a name that PyTorch's hub gives files: the first digits of their SHA-256. */
const NAMED = /-([0-9a-f]{8,})\.(?:pth|pt|safetensors)$/;

/** @throws UserError if a file's name has the first digits of a checksum, and its contents have another one */
export async function assertNamedChecksum(path: string): Promise<void> {
  const digits = NAMED.exec(basename(path))?.[1];
  if (digits === undefined) return;
  const actual = await sha256OfFile(path);
  if (actual.startsWith(digits)) return;
  throw new UserError(
    `${path}: its SHA-256 starts with ${actual.slice(0, digits.length)}, and its name says ${digits}: it is incomplete, or ` +
      'another file. Delete it and get it again.',
  );
}
