import type { Call, FromWorker, ToWorker } from './messages.js';

/** A call that was stopped by whoever made it. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

interface Waiting {
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
  onEvent?: (event: unknown) => void;
}

/** The page's side of a worker that {@link serve}s `Calls`. */
export class WorkerClient<Calls extends { [Name in keyof Calls]: Call<unknown, unknown, unknown> }> {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 0;

  constructor(worker: Worker) {
    this.worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.receive(data);
    worker.onerror = ({ message }) => this.failAll(new Error(message || 'The worker could not be loaded.'));
  }

  /** Calls the worker. @throws StoppedError after `signal`; else an error with the worker's message */
  call<Name extends keyof Calls & string>(
    name: Name,
    args: Calls[Name]['args'],
    { onEvent, signal }: { onEvent?: (event: Calls[Name]['event']) => void; signal?: AbortSignal } = {},
  ): Promise<Calls[Name]['result']> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, onEvent } as Waiting);
      this.post({ id, name, args });
      signal?.addEventListener('abort', () => this.post({ id, stop: true }), { once: true });
    });
  }

  private post(message: ToWorker): void {
    this.worker.postMessage(message);
  }

  private receive(message: FromWorker): void {
    const waiting = this.waiting.get(message.id);
    if ('event' in message) return waiting?.onEvent?.(message.event);
    this.waiting.delete(message.id);
    if ('result' in message) return waiting?.resolve(message.result);
    const { message: text, stopped } = message.error;
    waiting?.reject(stopped ? new StoppedError(text) : new Error(text));
  }

  private failAll(error: Error): void {
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
