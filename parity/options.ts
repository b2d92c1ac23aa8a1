import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BACKEND_NAMES, isBackendName, type BackendName } from '@onestep/backends';
import { CHECKS } from './checks/registry.js';

export const USAGE = `Usage: npm run parity -- FOLDER [options]

Computes the reference numbers in FOLDER anew, and prints how far they are off.

  --backend NAME   the engine: ${BACKEND_NAMES.join(', ')} (default: auto)
  --only LIST      only these checks: ${CHECKS.map(({ name }) => name).join(', ')}
  --full           also the networks of full size (minutes, gigabytes)

Exit status: 0 all within tolerance, 1 something beyond it or a damaged file,
2 wrong usage.`;

/** Wrong usage of the command. */
export class UsageError extends Error {}

/** What the command was asked to do. */
export interface ParityOptions {
  folder: string;
  backend: BackendName;
  /** Names of checks. */
  only: Set<string>;
  full: boolean;
}

/** @returns null if only the usage is wanted; @throws UsageError */
export async function parseOptions(args: string[]): Promise<ParityOptions | null> {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [folder, ...rest] = positionals;
  if (folder === undefined) throw new UsageError('Say which folder holds the reference numbers.');
  if (rest.length > 0) throw new UsageError(`One folder at a time: what is ${rest.join(' ')}?`);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`There is no folder ${folder}.`);
  const { backend } = values;
  if (!isBackendName(backend))
    throw new UsageError(`There is no backend ${backend}: use one of ${BACKEND_NAMES.join(', ')}.`);
  const names = CHECKS.map(({ name }) => name);
  const only = values.only === undefined ? names : values.only.split(',').map((name) => name.trim());
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`There is no check ${unknown.join(', ')}: there are ${names.join(', ')}.`);
  return { folder, backend, only: new Set(only), full: values.full };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        backend: { type: 'string', default: 'auto' },
        only: { type: 'string' },
        full: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
