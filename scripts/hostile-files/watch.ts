import { fork, type ChildProcess } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { ReadingResult } from './check-reading.js';

const READER = fileURLToPath(new URL('reader-process.ts', import.meta.url));
/** Seconds that reading a file may take on a machine that does nothing else. */
const LONGEST_SECONDS = 10;
/** Seconds until the first file, with the engine's start. */
const START_SECONDS = 120;

/** A message of the reader's process: a file that it begins with, or one that it has read. */
export interface FromReader {
  seed: number;
  kind: string;
  result?: ReadingResult;
}

/** What happened to the files of a kind. */
export interface KindReport {
  read: number;
  refused: number;
  /** Bytes of memory that a file took, at most. */
  memory: number;
}

/** What happened to all files. */
export interface HostileReport {
  kinds: Record<string, KindReport>;
  /** What must not happen, with the seed that makes the file again. */
  problems: string[];
}

/**
 * Reads changed files in another process, which is started again after a crash, or when a file takes too long.
 *
 * @param first seed of the first file; a seed always makes the same file
 * @param only reads the kinds whose name contains it
 */
export function readHostileFiles(
  first: number,
  count: number,
  { only = '', onRead }: { only?: string; onRead?: (message: FromReader) => void } = {},
): Promise<HostileReport> {
  return readAll((next) => ['files', String(next), String(first + count), only], first, onRead);
}

/** Reads files that are made to do harm: bombs, pipes, links, sizes that are not true. */
export function readTraps(onRead?: (message: FromReader) => void): Promise<HostileReport> {
  return readAll((next) => ['traps', String(next)], 0, onRead);
}

/** @param args of the reader's process that starts with a file */
async function readAll(
  args: (next: number) => string[],
  first: number,
  onRead?: (message: FromReader) => void,
): Promise<HostileReport> {
  const report: HostileReport = { kinds: {}, problems: [] };
  for (let next = first; ;) {
    const tell = (message: Required<FromReader>) => {
      note(report, message);
      onRead?.(message);
    };
    const stopped = await readUntilTrouble(args(next), tell);
    if (stopped === null) return report;
    const { seed, kind, what } = stopped;
    tell({ seed, kind, result: { outcome: 'refused', problems: [what], memory: 0 } });
    next = seed + 1;
  }
}

/** @returns null at the end of all files, or the file that ended the process */
function readUntilTrouble(
  args: string[],
  onRead: (message: Required<FromReader>) => void,
): Promise<{ seed: number; kind: string; what: string } | null> {
  const reader: ChildProcess = fork(READER, args, {
    execArgv: ['--conditions=@onestep/source', '--import', 'tsx', '--expose-gc'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    let current: { seed: number; kind: string } | null = null;
    let errors = '';
    let isSlow = false;
    const kill = () => {
      isSlow = true;
      reader.kill('SIGKILL');
    };
    let timer = setTimeout(kill, START_SECONDS * 1000 * busyness());
    reader.stderr!.on('data', (text) => (errors = (errors + String(text)).slice(-2000)));
    reader.on('message', (message: FromReader) => {
      clearTimeout(timer);
      timer = setTimeout(kill, LONGEST_SECONDS * 1000 * busyness());
      const { seed, kind, result } = message;
      current = { seed, kind };
      if (result !== undefined) onRead({ seed, kind, result });
    });
    reader.on('close', (code, signal) => {
      clearTimeout(timer);
      const end = `ended with ${signal ?? `code ${code}`}: ${errors}`;
      if (code === 0) resolve(null);
      else if (current === null) reject(new Error(`The reader did not start: it ${end}`));
      else resolve({ ...current, what: isSlow ? `takes more than ${LONGEST_SECONDS} s` : end });
    });
  });
}

/** How many programs wait for each processor, at least 1. */
function busyness(): number {
  return Math.max(1, loadavg()[0]! / cpus().length);
}

function note(report: HostileReport, { seed, kind, result }: Required<FromReader>): void {
  const { outcome, problems, memory } = result;
  const counts = (report.kinds[kind] ??= { read: 0, refused: 0, memory: 0 });
  counts[outcome] += 1;
  counts.memory = Math.max(counts.memory, memory);
  report.problems.push(...problems.map((problem) => `seed ${seed}, ${kind}: ${problem}`));
}
