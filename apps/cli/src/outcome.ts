import { CommanderError } from 'commander';
import { OtherRankError } from '@onestep/diffusion-core';
import { Interrupted } from './interrupt.js';
import { colorsOf } from './terminal/colors.js';
import { describeError, UserError } from './user-error.js';

/**
 * How a command ended. Exit codes: 0 done, 1 failed, 2 wrong usage; 129, 130 and 143 if a signal stopped the work in good
 * order, 141 if the reader of the output has gone.
 */
export interface Outcome {
  exitCode: number;
  /** What is said at the end; empty for nothing. */
  message: string;
  /** Whether the message tells an error. */
  isError: boolean;
  /** Whether it was said already. */
  isSaid: boolean;
  /** The process that failed, if it was another one. */
  failed?: { rank: number; host: string };
}

/** How a command ended that returned. It may have set an exit code. */
export function outcomeOfReturn(): Outcome {
  return { exitCode: Number(process.exitCode ?? 0), message: '', isError: false, isSaid: true };
}

/** How a command ended that threw. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof CommanderError) {
    // Commander has printed its message already; help and version end with 0.
    const message = error.message.replace(/^error: /, '');
    return { exitCode: error.exitCode === 0 ? 0 : 2, message, isError: true, isSaid: true };
  }
  if (error instanceof Interrupted) {
    return { exitCode: error.exitCode, message: error.message, isError: false, isSaid: false };
  }
  if (error instanceof OtherRankError) {
    const { rank, host, text, exitCode, wasStopped } = error;
    return { exitCode, message: text, isError: !wasStopped, isSaid: false, failed: { rank, host } };
  }
  const exitCode = error instanceof UserError ? error.exitCode : 1;
  return { exitCode, message: describeError(error), isError: true, isSaid: false };
}

/** The line that tells an outcome. */
export function outcomeLine({ message, isError }: Pick<Outcome, 'message' | 'isError'>): string {
  return isError ? `${colorsOf(process.stderr).red('error:')} ${message}` : message;
}

/** Prints the stack trace of an error where ONESTEP_DEBUG asks for it. */
export function debugError(error: unknown): void {
  if (error instanceof CommanderError || error instanceof Interrupted) return;
  const debug = process.env.ONESTEP_DEBUG || '0';
  if (debug === '1') console.error(error);
  else if (debug !== '0') process.stderr.write(`ONESTEP_DEBUG is '${debug}', expected '0' or '1'.\n`);
}
