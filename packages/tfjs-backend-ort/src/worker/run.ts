import { Worker, type WorkerOptions } from 'node:worker_threads';
import { protectThreads } from '../native-calls/protect-threads.js';
import { refuseTelemetry } from '../runtime/telemetry.js';
import { type Answer, fromPlainError, type Request, type Work } from './protocol.js';

protectThreads();

/** Options of {@link runInWorker}. */
export interface RunOptions<W extends Work> extends Pick<WorkerOptions, 'execArgv' | 'env' | 'resourceLimits'> {
  /** The arguments of the work. They are copied. */
  start: W['start'];
  /** Called with each message, in order. If it throws, a stop is requested and the run ends with that error. */
  onMessage?: (message: W['message']) => void;
  /** Requests a stop when it is aborted. */
  signal?: AbortSignal;
}

/** Work that runs in another thread. */
export interface WorkerRun<W extends Work> {
  /**
   * Resolves to the result when the thread has ended. Rejects with the error of the work (its name, message, stack and
   * cause), or with an error that says that the thread ended early.
   */
  done: Promise<W['result']>;
  /** Requests a stop. The work ends when it returns, and `done` resolves to what it returns. */
  stop(): void;
  /**
   * Ends the thread as a last resort: as soon as its native call, such as a training step, has returned. `done` rejects.
   *
   * @throws Error if the native call takes longer than 30 seconds; the thread ends when it returns
   */
  terminate(): Promise<void>;
}

/**
 * Runs a module that calls `serve` in a worker thread. Tensors, parameters and the optimizer's state exist in that thread
 * only. This thread receives the reports and stays responsive.
 *
 * @param module URL of the module, e.g. `new URL('./train.js', import.meta.url)`. It may be TypeScript if tsx is installed.
 * @param options the arguments of the work, and callbacks
 */
export function runInWorker<W extends Work>(module: URL, options: RunOptions<W>): WorkerRun<W> {
  const { start, onMessage, signal, ...workerOptions } = options;
  const flag = new Int32Array(new SharedArrayBuffer(4));
  refuseTelemetry();
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
      // It has nothing left to do, but a timer or a socket of its own might keep it alive.
      void worker.terminate();
    };
    worker.on('message', (answer: Answer<W>) => {
      if (answer.type === 'done') return end(() => resolve(answer.value));
      if (answer.type === 'error') return end(() => reject(fromPlainError(answer.error)));
      if (settle) return;
      try {
        onMessage?.(answer.value);
      } catch (error) {
        // Only a request: a thread that is terminated inside native code may crash the process.
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
 * The module that the thread loads. Node 20 does not apply the loaders of `--import` in workers, so a TypeScript module is
 * loaded through tsx if that is installed. Newer versions of Node can load it themselves.
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
