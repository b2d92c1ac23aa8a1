import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where downloads and features of data sets are kept: `$ONESTEP_CACHE_DIR`, or the user's cache folder. */
export function cacheFolder(): string {
  const { ONESTEP_CACHE_DIR: own, XDG_CACHE_HOME: shared } = process.env;
  return own || join(shared || join(homedir(), '.cache'), 'onestep');
}
