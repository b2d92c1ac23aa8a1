import type { Call, FromWorker, ToWorker } from './messages.js';

/** How a worker answers its calls. */
export type Handlers<Calls> = {
  [Name in keyof Calls]: Calls[Name] extends Call<infer Args, infer Result, infer Event>
    ? (args: Args, emit: (event: Event) => void, signal: AbortSignal) => Promise<Result>
    : never;
};

type Handler = (args: unknown, emit: (event: unknown) => void, signal: AbortSignal) => Promise<unknown>;

/**
 * Answers calls in this worker, one after the other in the order they came: the engine does one thing at a time. A call
 * that is to stop is told at once through its signal.
 */
export function serve<Calls>(handlers: Handlers<Calls>): void {
  const controllers = new Map<number, AbortController>();
  let last: Promise<void> = Promise.resolve();
  const post = (message: FromWorker) => self.postMessage(message);
  self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if ('stop' in data) return controllers.get(data.id)?.abort();
    const { id, name, args } = data;
    const controller = new AbortController();
    controllers.set(id, controller);
    last = last.then(async () => {
      try {
        controller.signal.throwIfAborted();
        const handler = (handlers as Record<string, Handler>)[name]!;
        post({ id, result: await handler(args, (event) => post({ id, event }), controller.signal) });
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        post({ id, error: { message, stopped: controller.signal.aborted } });
      } finally {
        controllers.delete(id);
      }
    });
  };
}

/** Lets messages in: what an engine computes may never leave the queue of finished promises. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
