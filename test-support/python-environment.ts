import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The packages that the tests need, with their versions. */
export const REQUIREMENTS = new URL('../scripts/python/requirements.txt', import.meta.url);

/**
 * A virtual environment that a script makes: a folder in ONESTEP_PYTHON_ENV, or in the user's cache folder. Its name changes with
 * the packages.
 *
 * @param name what it is for. Default: `python`, that of `npm run setup:python`
 * @param requirements the files that list its packages
 */
export function pythonEnvironment(name = 'python', requirements: readonly URL[] = [REQUIREMENTS]): string {
  const { ONESTEP_PYTHON_ENV: own, XDG_CACHE_HOME: shared } = process.env;
  const hash = createHash('sha256');
  for (const file of requirements) hash.update(readFileSync(file));
  const version = hash.digest('hex').slice(0, 12);
  return join(own || join(shared || join(homedir(), '.cache'), 'onestep'), `${name}-${version}`);
}

/** The interpreter of a virtual environment. */
export function interpreterIn(environment: string): string {
  return process.platform === 'win32' ? join(environment, 'Scripts', 'python.exe') : join(environment, 'bin', 'python');
}
