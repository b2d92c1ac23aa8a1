import { isDeepStrictEqual } from 'node:util';
import { readTrainingOptions } from '@onestep/diffusion-core/node';
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
  const found = findDifference(before, JSON.parse(JSON.stringify(settings)) as Settings);
  if (found === null) return;
  throw new UserError(
    `${folder} holds a run with another teacher: its setting ${found.name} is ${JSON.stringify(found.there)} there and ` +
      `${JSON.stringify(found.here)} here. Put the former settings back, which are next to the weights, or choose another folder.`,
  );
}

/** A setting that differs. Settings that only one of the networks has are of another version of the program. */
function findDifference(
  before: Settings,
  now: Settings,
  prefix = '',
): { name: string; there: unknown; here: unknown } | null {
  for (const [key, there] of Object.entries(before)) {
    const here = now[key];
    if (!(key in now) || OF_THE_ENGINE.includes(key) || isDeepStrictEqual(there, here)) continue;
    const name = prefix + key;
    if (!isSettings(there) || !isSettings(here)) return { name, there, here };
    const inner = findDifference(there, here, `${name}.`);
    if (inner !== null) return inner;
  }
  return null;
}

function isSettings(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
