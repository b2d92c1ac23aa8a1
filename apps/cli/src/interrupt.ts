/**
 * Runs long work that can be stopped with Ctrl-C (or SIGTERM): the first signal asks it to stop at the next safe
 * point, a second one ends the process at once (nothing is lost then either: files are written atomically).
 *
 * @throws Interrupted if the work answered the signal by giving up; work that returns has ended in its own way
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(exitCodeOf(name));
    process.stderr.write('\nStopping after this step (Ctrl-C again stops at once)...\n');
    controller.abort(new Interrupted(exitCodeOf(name)));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Why work was given up: a signal asked for it. */
export class Interrupted extends Error {
  /** 128 + the signal's number, as shells report it. */
  readonly exitCode: number;

  constructor(exitCode: number) {
    super('Stopped.');
    this.exitCode = exitCode;
  }
}

/** The exit code for work that stopped in good order because of `signal`. */
export function interruptedExitCode(signal: AbortSignal): number {
  return signal.reason instanceof Interrupted ? signal.reason.exitCode : exitCodeOf('SIGINT');
}

function exitCodeOf(name: NodeJS.Signals): number {
  return name === 'SIGTERM' ? 143 : 130;
}
