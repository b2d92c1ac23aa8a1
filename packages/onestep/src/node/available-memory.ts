import { freemem, totalmem } from 'node:os';

/** The memory of this machine, as far as this process may use it. In bytes. */
export interface MachineMemory {
  /** What the machine has, or the control group (container, batch job) of this process allows. */
  total: number;
  /** What is left of it for this process, with what the process has already. */
  available: number;
}

/**
 * Reads the memory that this process may use. Node reads the limits of control groups, version 1 and 2, which containers and
 * batch systems set.
 */
export function availableMemory(): MachineMemory {
  const limit = process.constrainedMemory();
  const total = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  const free = process.availableMemory?.() ?? freemem();
  return { total, available: Math.min(free + process.memoryUsage.rss(), total) };
}
