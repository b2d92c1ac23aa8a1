import { defaultThreads } from '@onestep/tfjs-backend-ort/threads';
import { BackendError } from '../backend-error.js';

/**
 * The number of threads for an engine: ONESTEP_THREADS, else one for each processor that the affinity mask and the container
 * of this process allow.
 *
 * @throws BackendError that says what ONESTEP_THREADS may be, if it is something else
 */
export function threadCount(): number {
  try {
    return defaultThreads();
  } catch (error) {
    throw new BackendError((error as Error).message, { cause: error, isWrongSetting: true });
  }
}

/** A number of threads in words: `1 thread`, `2 threads`. */
export function describeThreads(count: number): string {
  return count === 1 ? '1 thread' : `${count} threads`;
}
