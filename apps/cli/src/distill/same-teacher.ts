import { findDifference, readTrainingOptions } from '@onestep/diffusion-core/node';
import { UserError } from '../user-error.js';

type Settings = Readonly<Record<string, unknown>>;

/** Settings that say how a network computes, and not what. */
const OF_THE_ENGINE = ['useFp16'];

/**
 * Checks that a run goes on with the teacher that it was started with, where the settings of its network are in a file next to
 * its weights, which the digest of the weights does not cover.
 *
 * @param folder of the run; null for a new one
 * @param settings of the teacher's network
 * @throws UserError naming the first setting that differs
 */
export async function assertSameTeacher(folder: string | null, settings: Settings): Promise<void> {
  const recorded = folder === null ? null : await readTrainingOptions(folder);
  const before = recorded?.teacher;
  if (!isSettings(before)) return;
  const found = findDifference(before, JSON.parse(JSON.stringify(settings)) as Settings, mayDiffer);
  if (found === null) return;
  throw new UserError(
    `${folder} holds a run with another teacher: its setting ${found.name} is ${JSON.stringify(found.there)} there and ` +
      `${JSON.stringify(found.here)} here. Put the former settings back, which are next to the weights, or choose another folder.`,
  );
}

/** Settings that only one of the networks has are of another version of the program. */
function mayDiffer(name: string, there: unknown, here: unknown): boolean {
  return there === undefined || here === undefined || OF_THE_ENGINE.includes(name.split('.').at(-1)!);
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
