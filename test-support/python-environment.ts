import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The packages that the tests need, with their versions. */
export const REQUIREMENTS = new URL('../scripts/python/requirements.txt', import.meta.url);

/**
 * The virtual environment that `npm run setup:python` makes: a folder in ONESTEP_PYTHON_ENV, or in the user's cache folder. Its
 * name changes with the packages.
 */
export function pythonEnvironment(): string {
  const { ONESTEP_PYTHON_ENV: own, XDG_CACHE_HOME: shared } = process.env;
  const version = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 12);
  return join(own || join(shared || join(homedir(), '.cache'), 'onestep'), `python-${version}`);
}

/** The interpreter of a virtual environment. */
export function interpreterIn(environment: string): string {
  return process.platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}
