import { spawn } from 'node:child_process';

/**
 * Runs a command and collects what it prints.
 *
 * @param signal ends it early
 * @returns what it printed on both streams
 * @throws Error with the last lines that it printed, if it fails; the reason of `signal`, if that ended it
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, signal }: { cwd?: string; signal?: AbortSignal } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const stop = () => child.kill();
    signal?.addEventListener('abort', stop);
    let output = '';
    const collect = (piece: Buffer) => (output += piece.toString());
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', reject);
    child.on('close', (code, killedBy) => {
      signal?.removeEventListener('abort', stop);
      if (signal?.aborted) reject(signal.reason as Error);
      else if (code === 0) resolve(output);
      else reject(new Error(`${command} ended with ${killedBy ?? `code ${code}`}:\n${lastLines(output)}`));
    });
  });
}

/** The end of a long text. */
export function lastLines(text: string, count = 12): string {
  return text.trim().split('\n').slice(-count).join('\n');
}
