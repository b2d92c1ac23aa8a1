import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and the folders that it is in, unless they are there. (Node's `mkdir` with `recursive` never returns in a file
 * system that takes no new folders, such as `/proc`.)
 *
 * @returns the folders that were made, the deepest first
 * @throws the file system's error, whose `path` is the folder that cannot be made
 */
export async function makeFolder(path: string): Promise<string[]> {
  const place = resolve(path);
  try {
    await mkdir(place);
    return [place];
  } catch (error) {
    if (await isFolder(path)) return [];
    const parent = dirname(place);
    if (!isMissing(error)) throw error;
    if (await isFolder(parent)) throw refusal(path);
    const above = await makeFolder(parent);
    return [...(await makeFolder(place)), ...above];
  }
}

/**
 * The error to report in place of one about a new file: where the folder is there, its file system takes no new files.
 *
 * @internal
 */
export async function creationError(path: string, error: unknown): Promise<unknown> {
  const folder = dirname(resolve(path));
  if (!isMissing(error)) return Object.assign(error as Error, { path, dest: undefined });
  return (await isFolder(folder)) ? refusal(path) : Object.assign(error as Error, { path: folder, dest: undefined });
}

function refusal(path: string): Error {
  const message = `EPERM: its file system takes nothing new, '${path}'`;
  return Object.assign(new Error(message), { code: 'EPERM', path });
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
