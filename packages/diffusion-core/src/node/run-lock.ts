import { hostname } from 'node:os';
import { join } from 'node:path';
import { FileLock } from './file-lock.js';
import { adviseOnFailure, RunError } from './run-error.js';

/**
 * Keeps a second process out of a run's folder.
 *
 * @throws RunError if a running process, or one on another machine, holds the lock, or it cannot be written
 */
export async function lockRun(folder: string): Promise<FileLock> {
  const path = join(folder, 'run.lock');
  const lock = await adviseOnFailure(path, () => FileLock.tryAcquire(path));
  if (lock instanceof FileLock) return lock;
  const isElsewhere = lock.host !== hostname();
  throw new RunError(
    isElsewhere
      ? `${folder} is in use by process ${lock.pid} on ${lock.host}. If that process has ended, delete ${path}.`
      : `${folder} is in use by process ${lock.pid}. Wait for it to end, stop it, or choose another folder.`,
  );
}
