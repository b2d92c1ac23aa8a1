import { fork } from 'node:child_process';
import type { Message, SpecResult } from './report.js';

export interface RunOptions {
  /** Runs only tests whose name contains this. */
  filter: string;
  /** Whether a CPU kernel is an error. */
  noFallback: boolean;
  /** Number of processes. */
  processes: number;
  onResult(result: SpecResult): void;
}

/**
 * Runs the bundled tests in several processes of one thread each. The tests are small, and most of the time is compilation.
 *
 * @returns the number of calls of each CPU kernel
 * @throws Error if a process ends before its tests do
 */
export async function runSpecs(program: string, options: RunOptions): Promise<Record<string, number>> {
  const parts = Array.from({ length: options.processes }, (_, i) => `${i}/${options.processes}`);
  const counts = await Promise.all(parts.map((part) => runPart(program, part, options)));
  const total: Record<string, number> = {};
  for (const [kernel, count] of counts.flatMap((c) => Object.entries(c))) total[kernel] = (total[kernel] ?? 0) + count;
  return total;
}

function runPart(program: string, part: string, { filter, noFallback, onResult }: RunOptions) {
  return new Promise<Record<string, number>>((resolve, reject) => {
    const args = ['--part', part, '--filter', filter, ...(noFallback ? ['--no-fallback'] : [])];
    const child = fork(program, args, {
      execArgv: [],
      env: { ...process.env, ONESTEP_THREADS: '1' },
      // The output of tfjs-core's tests is not shown, but crashes are.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    let last = 'none';
    let fallbacks: Record<string, number> | null = null;
    child.on('message', (message: Message) => {
      if (message.kind === 'end') fallbacks = message.fallbacks;
      else {
        last = message.result.name;
        onResult(message.result);
      }
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (fallbacks) resolve(fallbacks);
      else reject(new Error(`A test process ended early (${signal ?? `exit code ${code}`}); last test done: ${last}.`));
    });
  });
}
