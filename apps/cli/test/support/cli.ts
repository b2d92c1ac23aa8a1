import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { programArguments } from '../../../../test-support/program.js';

const PROGRAM = await programArguments('apps/cli/src/main.ts');
const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

/** What a process left behind. */
export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

/** Starts the program from its sources. @param shell a command put before it, such as `ulimit` */
export function startCli(
  args: readonly string[],
  shell?: string,
): { child: ChildProcess; finished: Promise<Finished> } {
  const command = [...PROGRAM, ...args];
  // Colors would depend on where the tests run.
  const place = { cwd: ROOT, env: { ...process.env, NO_COLOR: '1' } };
  const child =
    shell === undefined
      ? spawn(process.execPath, command, place)
      : spawn('bash', ['-c', `${shell}; exec "$0" "$@"`, process.execPath, ...command], place);
  let stdout = '';
  let stderr = '';
  child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const finished = new Promise<Finished>((resolve) =>
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
  return { child, finished };
}

/** Runs the program to its end. */
export function runCli(args: readonly string[], shell?: string): Promise<Finished> {
  return startCli(args, shell).finished;
}
