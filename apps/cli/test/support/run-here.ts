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

/**
 * Runs a command in this process, and returns what a process of its own would leave behind, except for what a live line
 * writes to the terminal.
 *
 * @param env environment variables, for this command only
 */
export async function runInside(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const printed = { stdout: '', stderr: '' };
  const { log, error } = console;
  const { write } = process.stderr;
  const before = { ...process.env };
  Object.assign(process.env, { NO_COLOR: '1' }, env);
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
    for (const name of ['NO_COLOR', ...Object.keys(env)]) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  }
}
