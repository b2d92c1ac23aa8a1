import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onFirstRank, workTogether, type Communicator } from '@onestep/diffusion-core';
import { makeFolder } from '@onestep/checkpoint/node';
import { UserError } from '../user-error.js';

/** Makes folders and those above them. @returns those that did not exist, the deepest first */
export async function makeFolders(folders: readonly string[]): Promise<string[]> {
  const made: string[] = [];
  for (const folder of folders) made.unshift(...(await makeFolder(folder)));
  return made;
}

/** Removes those folders that are empty. */
export async function removeEmpty(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rmdir(folder).catch(() => undefined);
}

/**
 * Checks that a folder, into which all processes are to write, is the same one for all of them.
 *
 * @throws UserError naming the host that has another one
 */
export async function checkSharedFolder(folder: string, communicator: Communicator): Promise<void> {
  if (communicator.size === 1) return;
  const mark = await onFirstRank(communicator, async () => {
    const name = `.${randomUUID()}.tmp`;
    await writeFile(join(folder, name), '');
    return name;
  });
  try {
    await workTogether(communicator, () => {
      if (existsSync(join(folder, mark))) return 0;
      throw new UserError(
        `${folder} on ${communicator.host} is not the folder of rank 0. Pass an --outdir on a file system that all hosts share.`,
      );
    });
  } finally {
    if (communicator.rank === 0) await rm(join(folder, mark), { force: true });
  }
}
