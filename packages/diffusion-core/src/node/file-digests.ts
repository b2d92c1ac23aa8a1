import { resolve } from 'node:path';
import { RunError } from './run-error.js';
import type { TrainingOptions } from './training-options.js';

/** Number of hexadecimal digits of a digest in messages. */
const SHOWN_DIGITS = 16;

/**
 * Checks that the files that options name have the contents that a run was started with. `digests` in the options holds the
 * digests of the contents, by the names of the options (`outer.inner` for nested ones).
 *
 * @param recorded options of the run in the folder
 * @param mayChange names of options that may change
 * @returns names of the options that have not changed: the contents are the same, wherever the file is; or, in a run that
 *   recorded no digests, the path is
 * @throws RunError naming the first option whose file has other contents
 * @internal
 */
export function compareFiles(
  folder: string,
  recorded: TrainingOptions,
  wanted: TrainingOptions,
  mayChange: readonly string[] = [],
): string[] {
  const [there, here] = [digestsOf(recorded), digestsOf(wanted)];
  return Object.entries(here).flatMap(([name, digest]) => {
    const [before, now] = [valueAt(recorded, name), valueAt(wanted, name)];
    const known = there[name];
    if (known === digest || mayChange.includes(name)) return [name];
    if (known !== undefined) {
      throw new RunError(
        `${folder} holds a run with other options: ${name} is ${describe(before, known)} there and ` +
          `${describe(now, digest)} here. Put the former contents back, pass the place where they are now, or choose ` +
          'another folder.',
      );
    }
    // An earlier version recorded no digests, and no files of methods.
    if (recorded.digests === undefined && before === undefined && !name.includes('.')) return [name];
    return typeof before === 'string' && typeof now === 'string' && resolve(before) === resolve(now) ? [name] : [];
  });
}

/**
 * Digests of the files that options name, by the names of the options.
 *
 * @internal
 */
export function digestsOf({ digests }: TrainingOptions): Record<string, string> {
  return typeof digests === 'object' && digests !== null ? (digests as Record<string, string>) : {};
}

/** A file and its contents, for messages: `data.zip with sha256:0123456789abcdef...`. */
function describe(path: unknown, digest: string): string {
  const [kind, digits = ''] = digest.split(':');
  return `${String(path)} with ${kind}:${digits.slice(0, SHOWN_DIGITS)}${digits.length > SHOWN_DIGITS ? '...' : ''}`;
}

function valueAt(options: TrainingOptions, name: string): unknown {
  return name.split('.').reduce<unknown>((value, key) => (value as TrainingOptions | undefined)?.[key], options);
}
