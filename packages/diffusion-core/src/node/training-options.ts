import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomically } from '@onestep/nn/node';
import { RunError, writing } from './run-error.js';

/** A run's options, as JSON. */
export type TrainingOptions = Record<string, unknown>;

const optionsPath = (folder: string) => join(folder, 'training_options.json');

/** The options a folder's run was started with, or null if there is no run in it. @throws RunError if they are damaged */
export async function readTrainingOptions(folder: string): Promise<TrainingOptions | null> {
  const path = optionsPath(folder);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  try {
    return JSON.parse(text) as TrainingOptions;
  } catch {
    throw new RunError(`${path} is not JSON. Restore it, or start the run in another folder.`);
  }
}

/**
 * Writes the options of a run, after checking that the folder does not hold a run with other options.
 *
 * @param mayChange names of the options that may differ when a run goes on, such as its duration
 * @throws RunError naming the first option that differs
 */
export async function claimTrainingOptions(
  folder: string,
  options: TrainingOptions,
  mayChange: readonly string[],
): Promise<void> {
  const wanted = JSON.parse(JSON.stringify(options)) as TrainingOptions;
  const existing = await readTrainingOptions(folder);
  if (existing !== null) {
    const names = new Set([...Object.keys(existing), ...Object.keys(wanted)]);
    for (const name of names) {
      if (mayChange.includes(name) || isDeepStrictEqual(existing[name], wanted[name])) continue;
      throw new RunError(
        `${folder} holds a run with other options: ${name} is ${show(existing[name])} there and ${show(wanted[name])} ` +
          'here. Continue it with its own options, or choose another folder.',
      );
    }
  }
  const path = optionsPath(folder);
  await writing(path, () => writeFileAtomically(path, `${JSON.stringify(wanted, null, 2)}\n`));
}

function show(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
