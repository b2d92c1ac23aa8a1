import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder, StagedFile } from '@onestep/checkpoint/node';
import { UserError } from '../user-error.js';

/**
 * Checks before any work that a file can be written, and makes the folder it is in.
 *
 * @throws the file system's error; UserError if there is a folder of that name
 */
export async function prepareFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory() === true) throw new UserError(`${path} is a folder, and a file is needed.`);
  await makeFolder(dirname(path));
  await (await StagedFile.create(path)).discard();
}
