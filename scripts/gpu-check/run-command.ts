import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { ROOT } from './commands.js';

/** How a command ended. */
export interface CommandEnd {
  /** Exit code; null if a signal ended it or it could not be started. */
  code: number | null;
  /** What went wrong, in words; null if the exit code is 0. */
  reason: string | null;
  /** Whether it was stopped: at its limit, or early. */
  stopped: boolean;
  seconds: number;
}

export interface CommandArgs {
  /** Program and arguments; it runs in the root of the repository. */
  command: readonly string[];
  /** Environment variables to set in addition to this process's. */
  env?: Readonly<Record<string, string>>;
  /** Seconds after which it is stopped. */
  limitS: number;
  /** File for its standard output and standard error. */
  log: string;
  /** Stops it early. */
  signal?: AbortSignal;
}

/** Number of characters of the output that are searched for a reason. */
const TAIL = 4000;
/** Milliseconds that a process gets to end by itself. */
const GRACE_MS = 3000;

/**
 * Runs a command in a process group of its own, which ends with it: nothing that it started stays. Never throws because of the
 * command.
 */
export async function runCommand({ command, env, limitS, log, signal }: CommandArgs): Promise<CommandEnd> {
  const [program, ...args] = command;
  const start = performance.now();
  const child = spawn(program!, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  // Also where this process ends without waiting.
  const kill = () => signalGroup(child.pid, 'SIGKILL');
  process.once('exit', kill);
  const file = createWriteStream(log);
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      file.write(text);
      tail = (tail + text).slice(-TAIL);
    });
  }

  let stopped: string | null = null;
  let lastResort: NodeJS.Timeout | undefined;
  const stop = (why: string) => {
    if (stopped !== null) return;
    stopped = why;
    signalGroup(child.pid, 'SIGTERM');
    lastResort = setTimeout(kill, GRACE_MS);
  };
  const limit = setTimeout(() => stop(`took longer than ${Math.round(limitS)} s`), limitS * 1000);
  const interrupt = () => stop('interrupted');
  if (signal?.aborted) interrupt();
  signal?.addEventListener('abort', interrupt);

  const end = await new Promise<{ code: number | null; by?: string; error?: Error }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, error }));
    // Not 'close', which would wait for what the process has left running.
    child.on('exit', (code, by) => resolve({ code, by: by ?? undefined }));
  });
  clearTimeout(limit);
  clearTimeout(lastResort);
  signal?.removeEventListener('abort', interrupt);
  process.removeListener('exit', kill);
  kill();
  if (end.error === undefined) await Promise.all([child.stdout, child.stderr].map((stream) => drained(stream)));
  file.end();
  await finished(file);
  return {
    code: end.code,
    reason: stopped ?? describe(program!, end, tail),
    stopped: stopped !== null,
    seconds: (performance.now() - start) / 1000,
  };
}

/** Waits for the end of what a process has written: shortly, because a process that left the group may hold the stream open. */
function drained(stream: NodeJS.ReadableStream): Promise<void> {
  return finished(stream, { writable: false, signal: AbortSignal.timeout(GRACE_MS) }).catch(() => undefined);
}

function describe(
  program: string,
  { code, by, error }: { code: number | null; by?: string; error?: Error },
  tail: string,
) {
  if (code === 0) return null;
  if (error !== undefined) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? `there is no program ${program}` : error.message;
  }
  const how =
    by === undefined ? `exit code ${code}` : `ended by ${by}${by === 'SIGKILL' ? ', maybe for lack of memory' : ''}`;
  const line = lastLine(tail);
  return line === null ? how : `${how}: ${line}`;
}

/** The last line that says something: the message of an error rather than its stack. */
function lastLine(tail: string): string | null {
  const lines = tail.split('\n').map((line) => line.trim());
  const told = lines.filter((line) => /\w/.test(line) && !/^(at |Node\.js v)/.test(line));
  return told.findLast((line) => /error/i.test(line)) ?? told.at(-1) ?? null;
}

/** Sends a signal to a process and to all that it started in its group. */
function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}
