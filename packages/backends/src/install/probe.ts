import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { EngineName } from '../backend-names.js';
import { lastLines } from './run-command.js';

/** Whether an engine starts and computes on this machine. */
export type Probe = { starts: true; description: string } | { starts: false; problem: string };

const FROM_SOURCE = import.meta.url.endsWith('.ts');

/** Milliseconds after which an engine counts as not starting. */
const TIME_LIMIT = 120_000;

/**
 * Starts an engine in a process of its own, where it multiplies and takes the gradient of a convolution.
 *
 * @param environment variables for that process
 * @returns what it found, or why it does not work; a process that crashes or takes too long is such a reason
 */
export function probeEngine(
  name: EngineName,
  { environment = {}, signal }: { environment?: Record<string, string>; signal?: AbortSignal } = {},
): Promise<Probe> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(process.execPath, [...probeProgram(), name], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIME_LIMIT,
      killSignal: 'SIGKILL',
    });
    const stop = () => child.kill('SIGKILL');
    signal?.addEventListener('abort', stop);
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => (stdout += piece.toString()));
    child.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()));
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) return reject(signal.reason as Error);
      const answer = stdout.split('\n').find((line) => line.startsWith('{"starts":'));
      if (answer !== undefined) return resolve(JSON.parse(answer) as Probe);
      const ended =
        killedBy === 'SIGKILL'
          ? `gave no answer within ${TIME_LIMIT / 1000} seconds`
          : `crashed (${killedBy ?? `exit code ${code}`})`;
      resolve({ starts: false, problem: `Its process ${ended}. ${lastLines(stderr, 4)}`.trim() });
    });
  });
}

/** Node's arguments for the program. From sources it is TypeScript, which Node reads with tsx. */
function probeProgram(): string[] {
  if (!FROM_SOURCE) return [fileURLToPath(new URL('./probe-program.js', import.meta.url))];
  const program = fileURLToPath(new URL('./probe-program.ts', import.meta.url));
  return ['--conditions=@onestep/source', '--import', import.meta.resolve('tsx'), program];
}
