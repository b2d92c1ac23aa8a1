import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MODELS, publishedTeacherUrl, type LoadOptions } from 'onestep';
import { cacheFolder, downloadToCache } from 'onestep/node';
import { Progress } from '../terminal/progress.js';
import { UserError } from '../user-error.js';

const MEGABYTE = 1e6;

/**
 * Finds the file of a source: a path as it is; a URL, or the name of a published network, downloaded into the cache.
 *
 * @throws UserError if the address is not valid; CheckpointError if it cannot be downloaded, or has another checksum
 */
export async function networkPath(source: string): Promise<string> {
  const address = publishedTeacherUrl(source) ?? source;
  if (!/^https?:\/\//i.test(address)) return source;
  return withDownload(address, (options) => downloadToCache(address, options));
}

/**
 * Runs work that may download a file, with a counting line on standard error.
 *
 * @throws UserError with exit code 2 if the work finds that the source cannot be one
 */
export async function withDownload<T>(source: string, work: (options: LoadOptions) => Promise<T>): Promise<T> {
  let progress: Progress | undefined;
  const onProgress = (done: number, total: number | null) => {
    if (progress === undefined) process.stderr.write(`Downloading ${source} to ${cacheFolder()}\n`);
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
 * The place of a model that comes with the program, where it is named by a path that does not exist any more: run folders
 * of earlier versions record where it was then. Returns any other source unchanged.
 */
export function currentPlace(source: string): string {
  if (existsSync(source)) return source;
  const files = Object.values(MODELS).flatMap(({ teacher, generator }) => [teacher, generator]);
  const shipped = files.find(({ file }) => file === basename(source));
  return shipped === undefined ? source : fileURLToPath(shipped.url);
}
