/** The parts of Node's `process` that are used here. */
interface EventSource {
  listeners(event: string): unknown[];
  removeListener(event: string, listener: unknown): void;
}

const FATAL = ['uncaughtException', 'unhandledRejection'];

/**
 * Runs `work` and removes the handlers of fatal errors that it added to Node's process. A compiled engine adds some that
 * rethrow such errors from its own script, and Node would print that script's one long line with every uncaught error.
 */
export async function withoutFatalHandlers(work: () => Promise<void>): Promise<void> {
  const { process } = globalThis as unknown as { process?: Partial<EventSource> };
  if (process?.listeners === undefined || process.removeListener === undefined) return work();
  const before = FATAL.map((event) => process.listeners!(event));
  await work();
  FATAL.forEach((event, i) => {
    const added = process.listeners!(event).filter((listener) => !before[i]!.includes(listener));
    for (const listener of added) process.removeListener!(event, listener);
  });
}
