import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder where downloads are kept: `$ONESTEP_CACHE_DIR`, or `onestep` in the user's cache folder. */
export function cacheFolder(): string {
  const { ONESTEP_CACHE_DIR: own, XDG_CACHE_HOME: shared } = process.env;
  return own || join(shared || join(homedir(), '.cache'), 'onestep');
}
