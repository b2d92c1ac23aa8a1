import { isMainThread, parentPort, workerData, type Transferable } from 'node:worker_threads';
import { toPlain, type Answer, type Request, type Work, type WorkerData } from './protocol.js';

/** What the working thread has besides its start. */
export interface WorkContext<W extends Work> {
  /**
   * Sends a message to the thread that waits.
   *
   * @param transfer buffers in it that are handed over instead of copied; they are unusable here afterwards
   */
  report(message: W['message'], transfer?: readonly Transferable[]): void;
  /** Aborted when a stop is asked for. It fires between two awaited steps. */
  signal: AbortSignal;
  /** Whether a stop is asked for: true at once, also where nothing is ever awaited. */
  readonly stopRequested: boolean;
}

/**
 * Says what a module started by `runInWorker` does; called once, at its top level. A stop is a request: the work ends when
 * it returns, with whatever result it has by then.
 *
 * @throws outside of a worker thread
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
      answer({ type: 'error', error: toPlain(error) });
    }
  };
  port.on('message', (request: Request<W>) => {
    // Asked for before the start, a stop should find no step done.
    if (request.type === 'stop' || context.stopRequested) stopping.abort();
    if (request.type === 'start') void run(request.value);
  });
}
