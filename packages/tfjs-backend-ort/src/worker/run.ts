import { Worker, type WorkerOptions } from 'node:worker_threads';
import { fromPlain, type Answer, type Request, type Work } from './protocol.js';

export interface RunOptions<W extends Work> extends Pick<WorkerOptions, 'execArgv' | 'env' | 'resourceLimits'> {
  /** What the work starts from; it is copied. */
  start: W['start'];
  /** Called with each message, in order. An error thrown here asks for a stop, and is then the error of the run. */
  onMessage?: (message: W['message']) => void;
  /** Asks for a stop when it is aborted. */
  signal?: AbortSignal;
}

/** Work under way in another thread. */
export interface WorkerRun<W extends Work> {
  /**
   * The result, once the thread has ended. Rejects with the error of the work (its name, message, stack and cause), or
   * with one that says that the thread ended early.
   */
  done: Promise<W['result']>;
  /** Asks the work to end when it can; `done` then has the result that it returns. */
  stop(): void;
  /** The last resort: ends the thread at once, whatever it is doing; `done` rejects. */
  terminate(): Promise<void>;
}

/**
 * Runs a module, which calls `serve`, in a worker thread. Tensors, parameters and the optimizer's state live there and
 * nowhere else; this thread only gets what is reported and stays free for a display or a server.
 *
 * @param module URL of the module, e.g. `new URL('./train.js', import.meta.url)`; TypeScript where tsx is installed
 */
export function runInWorker<W extends Work>(module: URL, options: RunOptions<W>): WorkerRun<W> {
  const { start, onMessage, signal, ...workerOptions } = options;
  const flag = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(entryOf(module), { ...workerOptions, workerData: { onestepStop: flag } });
  const send = (request: Request<W>) => worker.postMessage(request);
  const stop = () => {
    Atomics.store(flag, 0, 1);
    send({ type: 'stop' });
  };

  const done = new Promise<W['result']>((resolve, reject) => {
    let settle: (() => void) | null = null;
    const end = (outcome: () => void) => {
      settle ??= outcome;
      // It has nothing left to do, but a timer or a socket of its own might keep it.
      void worker.terminate();
    };
    worker.on('message', (answer: Answer<W>) => {
      if (answer.type === 'done') return end(() => resolve(answer.value));
      if (answer.type === 'error') return end(() => reject(fromPlain(answer.error)));
      if (settle) return;
      try {
        onMessage?.(answer.value);
      } catch (error) {
        // A request as well: a thread that is ended inside of native code may take the process with it.
        settle = () => reject(error as Error);
        stop();
      }
    });
    worker.on('error', (error) => (settle ??= () => reject(error)));
    worker.on('messageerror', (error) => end(() => reject(error)));
    worker.on('exit', (code) => {
      signal?.removeEventListener('abort', stop);
      const early = () =>
        reject(new Error(`The worker ${module.href} ended with exit code ${code} before its work was done.`));
      (settle ?? early)();
    });
  });

  send({ type: 'start', value: start });
  if (signal?.aborted) stop();
  else signal?.addEventListener('abort', stop, { once: true });
  return {
    done,
    stop,
    async terminate() {
      await worker.terminate();
    },
  };
}

/**
 * What the thread loads. Node 20 does not apply the loaders of `--import` in workers, so a TypeScript module is loaded by
 * way of tsx, where that is installed; newer versions of Node may read it themselves.
 */
function entryOf(module: URL): URL {
  if (!module.pathname.endsWith('.ts')) return module;
  let loader: string;
  try {
    loader = import.meta.resolve('tsx/esm/api');
  } catch {
    return module;
  }
  const program = `import { register } from ${JSON.stringify(loader)}; register(); await import(${JSON.stringify(module.href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(program)}`);
}
