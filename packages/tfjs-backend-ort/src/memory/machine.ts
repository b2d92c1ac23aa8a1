import { totalmem } from 'node:os';

/** Bytes of memory that this process may use: all of the machine's, or less if a container or a job limits it. */
export function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
