import { outcomeLine, outcomeOf, outcomeOfReturn } from '../../src/outcome.js';
import { runProgram } from '../../src/program.js';
import type { Finished } from './cli.js';

/**
 * Runs a command in this process, which spares its start.
 *
 * @param self what starts the program, for commands that do so
 * @returns what it printed; throws as the command does
 */
export async function runHere(
  args: readonly string[],
  self?: readonly string[],
): Promise<{ stdout: string; stderr: string }> {
  const printed = { stdout: '', stderr: '' };
  const { log, error } = console;
  console.log = (text: unknown) => void (printed.stdout += `${String(text)}\n`);
  console.error = (text: unknown) => void (printed.stderr += `${String(text)}\n`);
  try {
    await runProgram(args, self);
    return printed;
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Runs a command in this process, and returns what a process of its own would leave behind. */
export async function runInside(args: readonly string[]): Promise<Finished> {
  const printed = { stdout: '', stderr: '' };
  const { log, error } = console;
  const { write } = process.stderr;
  const noColor = process.env.NO_COLOR;
  process.env.NO_COLOR = '1';
  console.log = (text: unknown) => void (printed.stdout += `${String(text)}\n`);
  console.error = (text: unknown) => void (printed.stderr += `${String(text)}\n`);
  // Here Commander prints what is wrong with options.
  process.stderr.write = (text: Uint8Array | string) => {
    printed.stderr += String(text);
    return true;
  };
  try {
    const outcome = await runProgram(args).then(outcomeOfReturn, outcomeOf);
    if (outcome.message !== '' && !outcome.isSaid) printed.stderr += `${outcomeLine(outcome)}\n`;
    return { ...printed, code: outcome.exitCode, signal: null };
  } finally {
    Object.assign(console, { log, error });
    process.stderr.write = write;
    process.exitCode = undefined;
    if (noColor === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = noColor;
  }
}
