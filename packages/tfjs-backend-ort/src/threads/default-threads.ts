import { availableProcessors } from './available-processors.js';

/** More threads than any machine has processors for one operator. Thousands of threads would only exhaust the machine. */
export const MAX_THREADS = 1024;

/**
 * The number of threads that an engine uses if its options do not say: ONESTEP_THREADS, else one for each available
 * processor.
 *
 * @throws RangeError that says what ONESTEP_THREADS may be, if it is something else
 */
export function defaultThreads(): number {
  const value = process.env.ONESTEP_THREADS;
  if (value === undefined || value === '') return availableProcessors();
  if (/^\d{1,4}$/.test(value) && isThreadCount(Number(value))) return Number(value);
  throw new RangeError(
    `ONESTEP_THREADS is '${value}', expected a whole number from 1 to ${MAX_THREADS}. ` +
      `Without it, one thread is used for each available processor (here ${availableProcessors()}).`,
  );
}

/** Whether an engine can be given this number of threads. */
export function isThreadCount(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_THREADS;
}
