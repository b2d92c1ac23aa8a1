import { theCommunicator } from './processes/communicator.js';
import { onFailedOutput } from './terminal/failed-output.js';
import { writeLine } from './terminal/output-mode.js';

/** Set where another process of this program started this one, and may let go of it: then it stops in good order. */
export const STOPS_WITH_PARENT = 'ONESTEP_STOP_WITH_PARENT';

/** The signals that stop work in good order, with their numbers: Ctrl-C, `kill`, and the end of the terminal. */
const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 };
/** One more for the processes of a launcher, which forwards it, and does not kill them after it as it does after SIGTERM. */
const FORWARDED: Partial<Record<NodeJS.Signals, number>> = { SIGUSR2: 12 };

/** The signal of work under way, which a command may be a part of. */
let ofOuterWork: AbortSignal | null = null;

/**
 * Runs long work that can be stopped with Ctrl-C (or SIGTERM, or SIGHUP when its terminal is closed): the first signal asks it to stop at the next safe
 * point, a second one ends the process at once (nothing is lost then either: files are written atomically). It is asked
 * the same, without a word, when its output cannot be written any more. A terminal that is closed may send SIGHUP twice. Work within
 * such work is stopped with it.
 *
 * @throws Interrupted if the work answered the signal by giving up; work that returns has ended in its own way
 */
export async function withInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  if (ofOuterWork !== null) return work(ofOuterWork);
  const controller = new AbortController();
  ofOuterWork = controller.signal;
  const onSignal = (name: NodeJS.Signals) => {
    if (controller.signal.aborted && name === 'SIGHUP') return;
    if (controller.signal.aborted) process.exit(exitCodeOf(name));
    process.stderr.write('\nStopping after this step (Ctrl-C again stops at once)...\n');
    controller.abort(new Interrupted('Stopped.', exitCodeOf(name)));
  };
  const forgetPipe = onFailedOutput((exitCode) => controller.abort(new Interrupted('', exitCode)));
  const onLetGo = () => controller.abort(new Interrupted('', exitCodeOf('SIGTERM')));
  const watchesParent = process.env[STOPS_WITH_PARENT] === '1' && process.connected !== undefined;
  if (watchesParent) process.on('disconnect', onLetGo);
  if (watchesParent && !process.connected) onLetGo();
  const signals = theCommunicator().size > 1 ? { ...SIGNALS, ...FORWARDED } : SIGNALS;
  const names = Object.keys(signals) as NodeJS.Signals[];
  for (const name of names) process.on(name, onSignal);
  try {
    return await work(controller.signal);
  } finally {
    ofOuterWork = null;
    forgetPipe();
    process.off('disconnect', onLetGo);
    for (const name of names) process.off(name, onSignal);
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
  writeLine(`Stopped. Everything so far is in ${folder}; the same command goes on from there.`);
  process.exitCode = interruptedExitCode(signal);
}

function exitCodeOf(name: NodeJS.Signals): number {
  return 128 + (SIGNALS[name] ?? FORWARDED[name])!;
}
