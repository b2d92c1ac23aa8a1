import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ReadingResult } from './check-reading.js';

const READER = fileURLToPath(new URL('reader-process.ts', import.meta.url));
/** Seconds that reading a file may take. */
export const LONGEST_SECONDS = 10;
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
export async function readHostileFiles(
  first: number,
  count: number,
  { only, onProgress }: { only?: string; onProgress?: (done: number) => void } = {},
): Promise<HostileReport> {
  const report: HostileReport = { kinds: {}, problems: [] };
  const end = first + count;
  for (let next = first; next < end;) {
    const stopped = await readUntilTrouble(next, end - next, only, (message) => {
      note(report, message);
      onProgress?.(message.seed + 1 - first);
    });
    if (stopped === null) break;
    report.problems.push(`seed ${stopped.seed}, ${stopped.kind}: ${stopped.what}`);
    next = stopped.seed + 1;
  }
  return report;
}

/** @returns null at the end of all files, or the file that ended the process */
function readUntilTrouble(
  first: number,
  count: number,
  only: string | undefined,
  onRead: (message: Required<FromReader>) => void,
): Promise<{ seed: number; kind: string; what: string } | null> {
  const args = [String(first), String(count), ...(only === undefined ? [] : [only])];
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
    let timer = setTimeout(kill, START_SECONDS * 1000);
    reader.stderr!.on('data', (text) => (errors = (errors + String(text)).slice(-2000)));
    reader.on('message', (message: FromReader) => {
      clearTimeout(timer);
      timer = setTimeout(kill, LONGEST_SECONDS * 1000);
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

function note(report: HostileReport, { seed, kind, result }: Required<FromReader>): void {
  const { outcome, problems, memory } = result;
  const counts = (report.kinds[kind] ??= { read: 0, refused: 0, memory: 0 });
  counts[outcome] += 1;
  counts.memory = Math.max(counts.memory, memory);
  report.problems.push(...problems.map((problem) => `seed ${seed}, ${kind}: ${problem}`));
}
