import { spawn } from 'node:child_process';
import { STOPS_WITH_PARENT } from '../../interrupt.js';
import type { RunCommand } from './run-command.js';

/** A process of this program that failed. */
export class ProgramFailed extends Error {}

/** Most characters of its errors that are kept. */
const KEPT = 8000;

/**
 * Makes a function that runs a command of this program in a process of its own, whose memory and speed are those of the command alone.
 * If this process is killed, the other one stops at its next step. The function throws ProgramFailed with the error message of a
 * command that fails.
 *
 * @param program the file and first arguments with which this program was started, such as those of Node and the path of the program
 */
export function inOwnProcess(program: readonly string[]): RunCommand {
  return (args, control) => runProgram([...program, ...args], control);
}

async function runProgram(
  [file, ...args]: readonly string[],
  { onLine, signal }: Parameters<RunCommand>[1],
): Promise<boolean> {
  const child = spawn(file!, args, {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, [STOPS_WITH_PARENT]: '1', NO_COLOR: '1' },
  });
  let errors = '';
  let rest = '';
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-KEPT)));
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine?.(line);
  });
  const outputs = [child.stdout!, child.stderr!].map((stream) => new Promise((resolve) => stream.on('close', resolve)));
  // A terminal sends Ctrl-C to both processes, and a second signal would end the other one at once.
  const letGo = () => void (child.connected && child.disconnect());
  signal.addEventListener('abort', letGo);
  if (signal.aborted) letGo();
  try {
    const code = await new Promise<number | string | null>((resolve, reject) => {
      child.on('error', ({ message }) => reject(new ProgramFailed(`Its process could not be started: ${message}.`)));
      // Not `close`, which does not come after a disconnect.
      child.on('exit', (exitCode, killedBy) => resolve(exitCode ?? killedBy));
    });
    await Promise.all(outputs);
    if (signal.aborted) return false;
    if (code !== 0) throw new ProgramFailed(describeFailure(code, errors));
    return true;
  } finally {
    signal.removeEventListener('abort', letGo);
  }
}

/** The message after `error:`, or what there is. */
function describeFailure(code: number | string | null, errors: string): string {
  const start = errors.lastIndexOf('error: ');
  if (start >= 0) return errors.slice(start + 'error: '.length).trim();
  if (code === 'SIGKILL') return 'The system killed its process (SIGKILL), as it does where memory runs out.';
  return errors.trim() || `Its process ended with ${String(code)} and said nothing.`;
}
