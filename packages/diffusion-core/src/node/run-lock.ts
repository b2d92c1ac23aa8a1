import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FileLock, type LockHolder } from './file-lock.js';
import { adviseOnFailure, RunError } from './run-error.js';

/** Milliseconds in which another process may end: `mpirun` returns before the ranks that it killed are gone. */
const ENDS_WITHIN = 5_000;
/** Milliseconds between two looks. */
const LOOK_EVERY = 100;

/**
 * Keeps a second process out of a run's folder. Waits a few seconds for another process of this machine, which may be
 * ending.
 *
 * @throws RunError if a running process, or one on another machine, holds the lock, or it cannot be written
 */
export async function lockRun(folder: string): Promise<FileLock> {
  const path = join(folder, 'run.lock');
  const deadline = performance.now() + ENDS_WITHIN;
  for (;;) {
    const lock = await adviseOnFailure(path, () => FileLock.tryAcquire(path));
    if (lock instanceof FileLock) return lock;
    if (!mayEnd(lock) || performance.now() > deadline) throw new RunError(inUse(folder, path, lock));
    await setTimeout(LOOK_EVERY);
  }
}

/** Nothing is known of processes elsewhere, and this one does not end by waiting. */
const mayEnd = ({ pid, host }: LockHolder) => host === hostname() && pid !== process.pid;

function inUse(folder: string, path: string, { pid, host }: LockHolder): string {
  return host === hostname()
    ? `${folder} is in use by process ${pid}. Wait for it to end, stop it, or choose another folder.`
    : `${folder} is in use by process ${pid} on ${host}. If that process has ended, delete ${path}.`;
}
