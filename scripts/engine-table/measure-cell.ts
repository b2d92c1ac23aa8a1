import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { addItem, type Cell, type EmptyCell } from './cell.js';
import type { Report } from './cell-process.js';
import type { EngineName } from './engines.js';
import { describeDuration } from './duration.js';
import { lastWords } from './last-words.js';

const PROGRAM = fileURLToPath(new URL('cell-process.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** An engine that starts, or the reason why it does not. */
export type Start = { description: string } | { absent: string };

/** Seconds that an engine may take to start. */
const START_LIMIT = 120;

/** Starts an engine in a process of its own. */
export async function probeEngine(engine: EngineName): Promise<Start> {
  let start: Start | undefined;
  const end = await runProcess([engine], START_LIMIT, (report) => {
    if (report.kind === 'started') start = { description: report.description };
    if (report.kind === 'absent') start = { absent: withoutPaths(report.reason) };
  });
  return start ?? { absent: end.isLate ? `It did not start within ${describeDuration(START_LIMIT)}.` : end.problem };
}

/**
 * Measures a part on an engine, in a process of its own. After `limit` seconds the process is ended, and what it has
 * measured until then is the result.
 *
 * @param progress called with each item that has been measured
 */
export async function measureCell(
  engine: EngineName,
  part: string,
  limit: number,
  progress: (item: string) => void,
): Promise<Cell | EmptyCell> {
  const date = new Date().toISOString();
  const cell: Cell = { date, unit: 'item', done: 0, of: 0, quantities: 0, largest: [], beyond: 0, failures: [] };
  let nothing: string | undefined;
  let current = '';
  let began = performance.now();
  const end = await runProcess([engine, part], limit, (report) => {
    if (report.kind === 'nothing' || report.kind === 'absent') nothing = withoutPaths(report.reason);
    if (report.kind === 'planned') {
      Object.assign(cell, { unit: report.unit, of: report.of });
      began = performance.now();
    }
    if (report.kind === 'begun') current = report.item;
    if (report.kind === 'measured') addItem(cell, { name: report.item, count: report.count }, report.differences);
    if (report.kind === 'failed')
      cell.failures.push({ item: report.item, message: withoutPaths(report.message.split('\n')[0]!) });
    if (report.kind === 'measured' || report.kind === 'failed') progress(report.item);
  });
  if (nothing !== undefined) return { date, nothing };
  if (end.isLate) cell.stopped = describeStop(cell, limit, (performance.now() - began) / 1000);
  else if (end.problem !== '') cell.failures.push({ item: current || 'start', message: end.problem });
  return cell;
}

/** Why an engine that is too slow was stopped, and how long all of the part would have taken. */
function describeStop({ done, failures, of }: Cell, limit: number, seconds: number): string {
  const stopped = `stopped after ${describeDuration(limit)}`;
  const finished = done + failures.length;
  // Items that take the least time come first, so this is a lower bound.
  return finished === 0
    ? stopped
    : `${stopped}; all would take more than ${describeDuration((seconds / finished) * of)}`;
}

/**
 * Runs cell-process.ts.
 *
 * @returns whether it was stopped at the limit, and why it ended early if it did
 */
async function runProcess(
  args: string[],
  limit: number,
  receive: (report: Report) => void,
): Promise<{ isLate: boolean; problem: string }> {
  const execArgv = [...process.execArgv, '--expose-gc'];
  const child = fork(PROGRAM, args, {
    execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // NaN and Infinity are not JSON.
    serialization: 'advanced',
  });
  let [stderr, isLate, isDone] = ['', false, false];
  child.stderr!.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-10_000)));
  child.on('message', (message: Report) => {
    isDone ||= ['ended', 'nothing', 'absent'].includes(message.kind);
    receive(message);
  });
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, limit * 1000);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  // An engine that aborts when its process ends has measured everything by then.
  if (isDone || isLate) return { isLate: isLate && !isDone, problem: '' };
  return { isLate, problem: withoutPaths(`the process ended with ${signal ?? code}: ${lastWords(stderr)}`) };
}

/** A message that does not depend on where the repository is. */
function withoutPaths(message: string): string {
  return message.replaceAll(ROOT, '').trim();
}
