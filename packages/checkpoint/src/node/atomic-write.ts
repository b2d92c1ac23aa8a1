import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file so that a crash at any moment leaves either the old file or the new one, never a part: the bytes go
 * to a temporary name in the same folder, are synced to the disk, and take the final name in one step.
 *
 * @param contents the bytes or text, or pieces of it that are made as they are written
 * @throws the file system's error (disk full, no permission), with the temporary file removed
 */
export async function writeFileAtomically(
  path: string,
  contents: Uint8Array | string | Iterable<Uint8Array>,
): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    const file = await open(temporary, 'wx');
    try {
      const pieces = typeof contents === 'string' || contents instanceof Uint8Array ? [contents] : contents;
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A new name beside `path`, for a file that takes its own name when it is complete. */
export function temporaryPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}

/** Makes a rename in the folder durable. Not every platform can open a folder: there the rename alone must do. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if (!['EISDIR', 'EPERM', 'EINVAL', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
