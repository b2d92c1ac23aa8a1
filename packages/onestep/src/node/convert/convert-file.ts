import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CheckpointError } from '@onestep/checkpoint';
import { outputFormat, OUTPUT_FORMATS } from './registry.js';
import type { ConvertOptions } from './output-format.js';

/** Arguments of {@link convertFile}. */
export interface ConvertArgs extends ConvertOptions {
  /** Path of a file or folder of weights of any kind, or a function that finds it, called once everything else is checked. */
  path: string | (() => Promise<string>);
  /** What to write; its ending says in which format. */
  dest: string;
  /** Whether `dest` is replaced if it exists. Default: false. */
  overwrite?: boolean;
}

/**
 * Converts a file of weights to another format, which the ending of `dest` chooses: see {@link OUTPUT_FORMATS}. The
 * destination appears complete or not at all.
 *
 * @returns what was written, one line each, for people
 * @throws RangeError if no format has this ending, or an option has no effect; before any work
 * @throws CheckpointError naming the file, if something stands in its way, it cannot be read, or not be converted
 */
export async function convertFile({ path, dest, overwrite = false, ...options }: ConvertArgs): Promise<string[]> {
  const format = outputFormat(dest);
  if (format === undefined) {
    const endings = OUTPUT_FORMATS.map(({ ending }) => ending);
    throw new RangeError(
      `${dest} must end in ${endings.slice(0, -1).join(', ')} or ${endings.at(-1)}: that says what to write.`,
    );
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const unused = given.find(([name]) => !(format.uses as readonly string[]).includes(name));
  if (unused !== undefined)
    throw new RangeError(`${unused[0]} has no effect on a file that ends in ${format.ending}: leave it out.`);
  await checkDestination(dest, overwrite, format.isFolder);
  return format.write({ path: typeof path === 'string' ? path : await path(), dest, options });
}

/** @throws CheckpointError if something stands in the way; before any work */
async function checkDestination(dest: string, overwrite: boolean, isFolder = false): Promise<void> {
  const folder = await stat(dirname(dest)).catch(() => null);
  if (folder === null || !folder.isDirectory()) throw new CheckpointError(dest, `there is no folder ${dirname(dest)}`);
  const existing = await stat(dest).catch(() => null);
  if (existing !== null && existing.isDirectory() !== isFolder) {
    const [is, wanted] = isFolder ? ['a file', 'a folder'] : ['a folder', 'a file'];
    throw new CheckpointError(dest, `it is ${is}, and ${wanted} is to be written`);
  }
  if (existing !== null && !overwrite) {
    throw new CheckpointError(dest, 'it exists; give --overwrite (overwrite: true) to replace it, or another name');
  }
}
