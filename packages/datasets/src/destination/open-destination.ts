import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '@onestep/checkpoint/node';
import type { Destination } from './destination.js';
import { FolderDestination } from './folder-destination.js';
import { ZipDestination } from './zip-destination.js';

/**
 * Starts a data set: a ZIP file if the name ends in `.zip`, else a folder.
 *
 * @param overwrite whether an existing ZIP file may be replaced; a folder has to be empty in any case
 * @throws if it exists, or cannot be made
 */
export async function openDestination(path: string, overwrite: boolean): Promise<Destination> {
  const isZip = path.endsWith('.zip');
  const found = await stat(path).catch(() => null);
  if (isZip && found !== null && !overwrite) {
    throw new Error(
      `${path} exists already; choose another destination, or replace it with --overwrite (overwrite: true).`,
    );
  }
  if (!isZip && found?.isFile()) {
    throw new Error(`${path} is a file; the destination has to be a .zip file or an empty folder.`);
  }
  try {
    await makeFolder(dirname(path));
  } catch (error) {
    throw new Error(`The folder of ${path} cannot be made: ${(error as Error).message}.`, { cause: error });
  }
  return isZip ? ZipDestination.create(path) : FolderDestination.create(path);
}
