import { writeSync } from 'node:fs';
import { isMainThread, type Worker } from 'node:worker_threads';
import { ClosedRows, freeRow } from './call-table.js';

/** How long the end of a thread or of the process waits for a native call, such as a training step. */
export const MAX_WAIT_SECONDS = 30;

const POLL_MILLISECONDS = 2;

let isProtecting = false;

/**
 * Lets threads end between two native calls (see `call-table.ts`): worker threads that this thread creates from now on, when
 * their `terminate()` is called, and all threads when the process ends by `process.exit()`, an uncaught error, or because
 * nothing is left to do.
 */
export function protectThreads(): void {
  if (isProtecting) return;
  isProtecting = true;
  process.on('worker', protectWorker);
  process.on('exit', isMainThread ? endWithProcess : endWithThread);
}

function protectWorker(worker: Worker): void {
  const id = worker.threadId;
  const terminate = worker.terminate.bind(worker);
  worker.terminate = async () => {
    await untilIdle(ClosedRows.ofThread(id), () => void terminate());
    return terminate();
  };
  worker.once('exit', () => freeRow(id));
}

/**
 * Resolves when no thread is inside a native call.
 *
 * @param afterwards called when that happens after this promise was rejected
 * @throws Error after {@link MAX_WAIT_SECONDS}
 */
async function untilIdle(rows: ClosedRows, afterwards: () => void): Promise<void> {
  const deadline = Date.now() + MAX_WAIT_SECONDS * 1000;
  while (rows.isBusy()) {
    if (Date.now() > deadline) {
      void pollUntilIdle(rows).then(afterwards);
      throw new Error(
        `The worker thread has been in one native call for ${MAX_WAIT_SECONDS} seconds. It ends when that returns: ` +
          'ended now, it would abort the process.',
      );
    }
    await nextPoll();
  }
}

async function pollUntilIdle(rows: ClosedRows): Promise<void> {
  while (rows.isBusy()) await nextPoll();
}

const nextPoll = () => new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));

/** The main thread exits. Node ends all other threads after this. */
function endWithProcess(): void {
  if (ClosedRows.ofProcess().waitUntilIdle(MAX_WAIT_SECONDS * 1000)) return;
  writeSync(2, `A worker thread has been in one native call for ${MAX_WAIT_SECONDS} seconds. The process is killed.\n`);
  process.kill(process.pid, 'SIGKILL');
}

/** This worker thread exits. Node ends the threads that it created after this. */
function endWithThread(): void {
  ClosedRows.belowThisThread().waitUntilIdle(Infinity);
}
