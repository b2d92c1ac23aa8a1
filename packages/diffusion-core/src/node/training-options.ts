import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomically } from '@onestep/checkpoint/node';
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
 * @param mayChange names of the options that may differ when a run goes on, such as its duration; one inside of another
 *   is named `outer.inner`
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
    const difference = firstDifference(existing, wanted, mayChange);
    if (difference !== null) {
      const { name, there, here } = difference;
      throw new RunError(
        `${folder} holds a run with other options: ${name} is ${show(there)} there and ${show(here)} here. ` +
          'Continue it with its own options, or choose another folder.',
      );
    }
  }
  const path = optionsPath(folder);
  await writing(path, () => writeFileAtomically(path, `${JSON.stringify(wanted, null, 2)}\n`));
}

/** The first option that differs and may not. */
function firstDifference(
  existing: TrainingOptions,
  wanted: TrainingOptions,
  mayChange: readonly string[],
  prefix = '',
): { name: string; there: unknown; here: unknown } | null {
  for (const key of new Set([...Object.keys(existing), ...Object.keys(wanted)])) {
    const name = prefix + key;
    const [there, here] = [existing[key], wanted[key]];
    if (mayChange.includes(name) || isDeepStrictEqual(there, here)) continue;
    if (!isRecord(there) || !isRecord(here)) return { name, there, here };
    const inside = firstDifference(there, here, mayChange, `${name}.`);
    if (inside !== null) return inside;
  }
  return null;
}

function isRecord(value: unknown): value is TrainingOptions {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function show(value: unknown): string {
  return value === undefined ? 'not set' : JSON.stringify(value);
}
