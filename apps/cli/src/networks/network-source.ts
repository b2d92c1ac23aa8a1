import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODELS, type LoadOptions, type NetworkRole } from 'onestep';
import { cacheFolder, findRunSnapshot, networkPath as findNetworkFile } from 'onestep/node';
import { Progress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

const MEGABYTE = 1e6;

/**
 * Finds the file of a source: a path as it is; a URL, or the name of a network, downloaded into the cache where it has to be;
 * the snapshot that a run folder stands for.
 *
 * @param role of the two networks of a model that comes with the program
 * @throws UserError if the address is not valid; CheckpointError if it cannot be downloaded, or has another checksum
 */
export async function networkPath(source: string, role: NetworkRole = 'generator'): Promise<string> {
  const place = await currentPlace(source);
  return withDownload(place, (options) => findNetworkFile(place, role, options));
}

/**
 * Runs work that may download a file, with a counting line on standard error.
 *
 * @throws UserError with exit code 2 if the work finds that the source cannot be one
 */
export async function withDownload<T>(source: string, work: (options: LoadOptions) => Promise<T>): Promise<T> {
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number | null) => {
    if (progress === undefined) writeNote(`Downloading ${source} to ${cacheFolder()}`);
    progress ??= new Progress('MB');
    progress.update(Math.round(done / MEGABYTE), Math.round((total ?? done) / MEGABYTE));
  };
  try {
    return await work({ onProgress });
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message, 2) : error;
  } finally {
    progress?.end();
  }
}

/**
 * The place of a network that moves: the snapshot that a run folder stands for, which is named on standard error; and the
 * file of a model that comes with the program, where it is named by a path that does not exist any more, as in run folders of
 * earlier versions. Returns any other source unchanged.
 *
 * @throws CheckpointError if it is a run without a snapshot, or a folder of several runs
 */
export async function currentPlace(source: string): Promise<string> {
  const snapshot = await findRunSnapshot(source);
  if (snapshot !== null) {
    writeNote(`${source}: ${snapshot.path}, ${snapshot.choice}`);
    return snapshot.path;
  }
  return existsSync(source) ? source : (shippedPlace(source) ?? source);
}

/** The file of a model that comes with the program, by a path that ends in its name. */
export function shippedPlace(path: string): string | undefined {
  const files = Object.values(MODELS).flatMap(({ teacher, generator }) => [teacher ?? [], generator].flat());
  const shipped = files.find(({ file }) => file === basename(path));
  return shipped === undefined ? undefined : fileURLToPath(shipped.url);
}
