import type { Trap } from '../hostile-kind.js';
import { archiveTraps } from './archives.js';
import { claimTraps } from './claims.js';
import { specialFileTraps } from './special-files.js';

/** Files made to do harm. */
export function listTraps(): Trap[] {
  return [...specialFileTraps(), ...archiveTraps(), ...claimTraps()];
}
