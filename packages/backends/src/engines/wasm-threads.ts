import * as tf from '@tensorflow/tfjs-core';

/** The parts of a browser's workers that are used here. */
interface BrowserWorker {
  addEventListener(type: 'error', listener: (event: WorkerError) => void): void;
  terminate(): void;
}
interface WorkerError {
  message?: string;
  preventDefault(): void;
  stopImmediatePropagation(): void;
}
type WorkerClass = new (...args: unknown[]) => BrowserWorker;

/** tfjs takes as many threads as half of the processors. */
const PROCESSORS_PER_THREAD = 2;

/** Whether tfjs's WebAssembly engine would take more than one thread: on pages that are cross-origin isolated. */
export async function canHaveThreads(): Promise<boolean> {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  const processors = navigator?.hardwareConcurrency ?? 1;
  if (processors < 2 * PROCESSORS_PER_THREAD) return false;
  const flags = ['WASM_HAS_SIMD_SUPPORT', 'WASM_HAS_MULTITHREAD_SUPPORT'];
  return (await Promise.all(flags.map((flag) => tf.env().getAsync(flag)))).every(Boolean);
}

/** Lets tfjs's WebAssembly engine start without threads. */
export function forgoThreads(): void {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
}

/**
 * Runs `start`, and fails as soon as a worker does that it has made. The compiled engine by itself waits for such a thread for
 * ever, and throws its error again where nobody can catch it.
 *
 * @throws Error with the worker's message, or what `start` throws
 */
export async function watchThreads(start: () => Promise<void>): Promise<void> {
  const host = globalThis as unknown as { Worker: WorkerClass };
  const { Worker: Original } = host;
  const made: BrowserWorker[] = [];
  let isStarting = true;
  try {
    await new Promise<void>((resolve, reject) => {
      host.Worker = class extends Original {
        constructor(...args: unknown[]) {
          super(...args);
          made.push(this);
          this.addEventListener('error', (event) => {
            if (!isStarting) return;
            event.preventDefault();
            event.stopImmediatePropagation();
            reject(new Error(event.message ?? 'a worker could not be loaded'));
          });
        }
      };
      start().then(resolve, reject);
    });
  } catch (error) {
    for (const worker of made) worker.terminate();
    throw error;
  } finally {
    isStarting = false;
    host.Worker = Original;
  }
}
