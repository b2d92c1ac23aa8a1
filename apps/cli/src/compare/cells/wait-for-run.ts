import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { FileLock } from '@onestep/diffusion-core/node';

/** Milliseconds between two looks. */
const LOOK_EVERY = 250;
/** Milliseconds after which the run counts as somebody else's: the process that holds it says so. */
const MOST = 120_000;

/**
 * Waits until no process trains in a run folder: one that lost the process which started it stops at its next step.
 *
 * @param onWait called once if there is something to wait for, with the number of the process
 */
export async function waitForRun(folder: string, onWait: (pid: number) => void, signal: AbortSignal): Promise<void> {
  const path = join(folder, 'run.lock');
  const started = performance.now();
  for (let isFirst = true; existsSync(path) && performance.now() - started < MOST; isFirst = false) {
    const lock = await FileLock.tryAcquire(path);
    if (lock instanceof FileLock) return lock.release();
    if (isFirst) onWait(lock.pid);
    await setTimeout(LOOK_EVERY, undefined, { signal });
  }
}
