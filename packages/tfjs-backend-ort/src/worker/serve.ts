import { isMainThread, parentPort, workerData, type Transferable } from 'node:worker_threads';
import { type Answer, type Request, toPlainError, type Work, type WorkerData } from './protocol.js';

/** The connection of the work to the main thread. */
export interface WorkContext<W extends Work> {
  /**
   * Sends a message to the main thread.
   *
   * @param transfer buffers of the message to transfer instead of copying; they cannot be used here afterwards
   */
  report(message: W['message'], transfer?: readonly Transferable[]): void;
  /** Aborted when a stop is requested. It fires between two awaited steps. */
  signal: AbortSignal;
  /** Whether a stop is requested. It is up to date even in a loop that never awaits. */
  readonly stopRequested: boolean;
}

/**
 * Defines the work of a module that `runInWorker` starts. Call it once, at the top level of the module. A stop is a request:
 * the work ends when it returns.
 *
 * @param work receives the arguments and the context, and returns the result
 * @throws Error outside of a worker thread
 */
export function serve<W extends Work>(
  work: (start: W['start'], context: WorkContext<W>) => W['result'] | Promise<W['result']>,
): void {
  if (isMainThread || !parentPort) throw new Error('serve() is for a module that runInWorker() starts.');
  const port = parentPort;
  const { onestepStop } = workerData as WorkerData;
  const stopping = new AbortController();
  const answer = (message: Answer<W>, transfer: readonly Transferable[] = []) => port.postMessage(message, transfer);
  const context: WorkContext<W> = {
    report: (value, transfer) => answer({ type: 'message', value }, transfer),
    signal: stopping.signal,
    get stopRequested() {
      return Atomics.load(onestepStop, 0) === 1;
    },
  };
  const run = async (start: W['start']) => {
    try {
      answer({ type: 'done', value: await work(start, context) });
    } catch (error) {
      answer({ type: 'error', error: toPlainError(error) });
    }
  };
  port.on('message', (request: Request<W>) => {
    // A stop that was requested before the start must prevent the first step.
    if (request.type === 'stop' || context.stopRequested) stopping.abort();
    if (request.type === 'start') void run(request.value);
  });
}
