/**
 * Runs long work that can be stopped with Ctrl-C (or SIGTERM): the first signal asks it to stop at the next safe
 * point, a second one ends the process at once (nothing is lost then either: files are written atomically).
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(name === 'SIGINT' ? 130 : 143);
    process.stderr.write('\nStopping after this step (Ctrl-C again stops at once)...\n');
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}
