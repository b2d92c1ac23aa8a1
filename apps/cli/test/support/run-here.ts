import { createProgram } from '../../src/program.js';
import { normalizeArguments } from '../../src/options/argv.js';

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
    const argv = normalizeArguments(args);
    await (await createProgram(argv, self)).parseAsync(argv, { from: 'user' });
    return printed;
  } finally {
    Object.assign(console, { log, error });
  }
}
