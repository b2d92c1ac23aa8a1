import { stat } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { BACKEND_NAMES, isBackendName, type BackendName } from '@onestep/backends';
import { CHECKS } from './checks/registry.js';

export const USAGE = `Usage: npm run parity -- FOLDER [options]

Recomputes the reference numbers in FOLDER and prints the relative errors.

  --backend NAME   the engine: ${BACKEND_NAMES.join(', ')} (default: auto)
  --only LIST      run only these checks: ${CHECKS.map(({ name }) => name).join(', ')}
  --full           also check networks of full size (minutes, gigabytes)

Exit status: 0 everything within tolerance, 1 something beyond it or a damaged
file, 2 wrong usage.`;

/** Wrong usage of the command. */
export class UsageError extends Error {}

/** Options of the command. */
export interface ParityOptions {
  folder: string;
  backend: BackendName;
  /** Names of the checks to run. */
  only: Set<string>;
  full: boolean;
}

/**
 * Parses and validates the command's arguments.
 *
 * @returns null for `--help`
 * @throws UsageError
 */
export async function parseOptions(args: string[]): Promise<ParityOptions | null> {
  const { values, positionals } = parse(args);
  if (values.help) return null;
  const [folder, ...rest] = positionals;
  if (folder === undefined) throw new UsageError('Name the folder of reference numbers.');
  if (rest.length > 0) throw new UsageError(`One folder at a time; unexpected: ${rest.join(' ')}.`);
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`Folder not found: ${folder}.`);
  const { backend } = values;
  if (!isBackendName(backend)) {
    throw new UsageError(`Unknown backend ${backend}. Available: ${BACKEND_NAMES.join(', ')}.`);
  }
  const names = CHECKS.map(({ name }) => name);
  const only = values.only === undefined ? names : values.only.split(',').map((name) => name.trim());
  const unknown = only.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`Unknown check ${unknown.join(', ')}. Available: ${names.join(', ')}.`);
  }
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
