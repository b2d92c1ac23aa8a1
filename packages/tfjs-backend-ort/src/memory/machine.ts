import { totalmem } from 'node:os';

/** Bytes of memory that this process may use: the machine's, or less where a container or job limits it. */
export function machineMemory(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
