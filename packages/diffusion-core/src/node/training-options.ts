import { join } from 'node:path';
import { readRegularFile, writeFileAtomically } from '@onestep/checkpoint/node';
import { compareFiles, digestsOf } from './file-digests.js';
import { parseRecord } from './json-record.js';
import { findDifference } from './find-difference.js';
import { adviseOnFailure, RunError } from './run-error.js';

/**
 * Options of a run, as JSON. `digests`, if it is there, holds digests of the contents of the files that options name, by the
 * names of the options: such an option is the same wherever its file is.
 */
export type TrainingOptions = Record<string, unknown>;

const optionsPath = (folder: string) => join(folder, 'training_options.json');

/**
 * Reads the options that the run in a folder was started with.
 *
 * @returns null if the folder holds no run
 * @throws RunError if the options are damaged
 * @internal
 */
export async function readTrainingOptions(folder: string): Promise<TrainingOptions | null> {
  const path = optionsPath(folder);
  let text: string;
  try {
    text = readRegularFile(path).toString('utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  const options = parseRecord(text);
  if (options !== null) return options;
  throw new RunError(`${path} is damaged: it does not hold an object of JSON. Restore the file, or start another run.`);
}

/**
 * Writes the options of a run, after checking that the folder does not hold a run with other options.
 *
 * @param mayChange names of the options that may change when a run is resumed, such as its duration; a nested option is
 *   named `outer.inner`
 * @throws RunError naming the first other option that differs, or if the file cannot be written
 */
export async function claimTrainingOptions(
  folder: string,
  options: TrainingOptions,
  mayChange: readonly string[],
): Promise<void> {
  const wanted = JSON.parse(JSON.stringify(options)) as TrainingOptions;
  const existing = await readTrainingOptions(folder);
  if (existing !== null) {
    const unchanged = compareFiles(folder, existing, wanted, mayChange);
    const allowed = [...mayChange, ...unchanged, 'digests'];
    const difference = findDifference(existing, wanted, (name) => allowed.includes(name));
    if (difference !== null) {
      const { name, there, here } = difference;
      throw new RunError(
        `${folder} holds a run with other options: ${name} is ${format(there)} there and ${format(here)} here. ` +
          'Resume it with its own options, or choose another folder.',
      );
    }
    // A file that was not read this time keeps its digest.
    if (existing.digests !== undefined) wanted.digests = { ...digestsOf(existing), ...digestsOf(wanted) };
  }
  const path = optionsPath(folder);
  await adviseOnFailure(path, () => writeFileAtomically(path, `${JSON.stringify(wanted, null, 2)}\n`));
}

function format(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
