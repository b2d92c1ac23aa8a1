import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { CheckpointError } from '@onestep/checkpoint';
import { FileLock } from '@onestep/diffusion-core/node';

/** Milliseconds between two attempts to take a lock that another download holds. */
const PATIENCE = 100;
/** File systems without hard links have no locks. */
const NO_LOCKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'];

/**
 * Waits until no other download of a file runs, in this process or another one, and keeps others out.
 *
 * @returns undefined on a file system that has no locks
 * @throws CheckpointError if the lock is that of another machine; the signal's reason if it fires
 */
export async function lockDownload(file: string, signal?: AbortSignal): Promise<FileLock | undefined> {
  const path = `${file}.lock`;
  for (;;) {
    const lock = await FileLock.tryAcquire(path).catch((error: NodeJS.ErrnoException) => {
      if (NO_LOCKS.includes(error.code ?? '')) return undefined;
      throw error;
    });
    if (lock === undefined || lock instanceof FileLock) return lock;
    if (lock.host !== hostname()) {
      const what = `process ${lock.pid} on ${lock.host} is downloading it. If that process has ended, delete ${path}`;
      throw new CheckpointError(file, what);
    }
    await setTimeout(PATIENCE, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
