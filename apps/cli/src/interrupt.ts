import { CLOSED_PIPE_EXIT_CODE, onClosedPipe } from './terminal/closed-pipe.js';

/**
 * Runs long work that can be stopped with Ctrl-C (or SIGTERM): the first signal asks it to stop at the next safe
 * point, a second one ends the process at once (nothing is lost then either: files are written atomically). It is asked
 * the same, without a word, when the reader of the program's output has gone.
 *
 * @throws Interrupted if the work answered the signal by giving up; work that returns has ended in its own way
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(exitCodeOf(name));
    process.stderr.write('\nStopping after this step (Ctrl-C again stops at once)...\n');
    controller.abort(new Interrupted('Stopped.', exitCodeOf(name)));
  };
  const forgetPipe = onClosedPipe(() => controller.abort(new Interrupted('', CLOSED_PIPE_EXIT_CODE)));
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await work(controller.signal);
  } finally {
    forgetPipe();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

/** Why work was given up: a signal asked for it, or nobody reads what it says. */
export class Interrupted extends Error {
  /** 128 + the signal's number, as shells report it. */
  readonly exitCode: number;

  /** @param message what to say; empty for nothing */
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** The exit code for work that stopped in good order because of the abort signal. */
export function interruptedExitCode(signal: AbortSignal): number {
  return signal.reason instanceof Interrupted ? signal.reason.exitCode : exitCodeOf('SIGINT');
}

/** Ends a command whose work stopped in good order, with a word about how to go on. @param folder what it wrote into */
export function reportStopped(folder: string, signal: AbortSignal): void {
  console.log(`Stopped. Everything so far is in ${folder}; the same command goes on from there.`);
  process.exitCode = interruptedExitCode(signal);
}

function exitCodeOf(name: NodeJS.Signals): number {
  return name === 'SIGTERM' ? 143 : 130;
}
