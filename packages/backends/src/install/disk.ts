import { accessSync, constants, existsSync } from 'node:fs';
import { mkdir, readdir, stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BackendError } from '../backend-error.js';
import { formatBytes } from './units.js';

/**
 * Makes a folder that can be written to.
 *
 * @throws BackendError if that is not possible
 */
export async function makeWritableFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new BackendError(
      `${folder} cannot be written to (${(error as NodeJS.ErrnoException).code}). Choose another folder with --dir DIR, or set ONESTEP_ENGINES.`,
      { cause: error },
    );
  }
}

/**
 * Free bytes where a folder is or will be.
 *
 * @throws BackendError if it is less than what is needed
 */
export async function requireSpace(folder: string, needed: number): Promise<number> {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  if (free < needed) {
    throw new BackendError(
      `${folder} has ${formatBytes(free)} free, and about ${formatBytes(needed)} are needed. ` +
        'Free some space, or choose another folder with --dir DIR.',
    );
  }
  return free;
}

/** Bytes of all files in a folder. Links are not followed. */
export async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async ({ parentPath, name }) => (await stat(join(parentPath, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
