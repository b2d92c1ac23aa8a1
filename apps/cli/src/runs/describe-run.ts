import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { FileLock, readTrainingOptions, type RecordedTick } from '@onestep/diffusion-core/node';
import { parseJson } from '@onestep/checkpoint';
import { sizeOf } from '../files/size-of.js';
import { describeError } from '../user-error.js';
import { lastMean, readText, readTicks } from './read-ticks.js';

/**
 * What became of a run: a process works on it, it has its length, it was stopped or ended otherwise, its networks are dead, or its
 * files cannot be read.
 */
export type RunState = 'running' | 'done' | 'stopped' | 'dead' | 'damaged';

/** A run in a line. */
export interface RunDescription {
  path: string;
  name: string;
  /** The command that made it. */
  what: string;
  /** Thousands of images seen; null before the first tick, and for what has no ticks. */
  kimg: number | null;
  totalKimg: number | null;
  /** The last FID that was measured, and its name; null for none. */
  fid: { name: string; value: number } | null;
  state: RunState;
  /** Of all its files. */
  bytes: number;
  /** What is wrong with its files; null for nothing. */
  problem: string | null;
}

/** Describes the runs in folders. One whose files are damaged says so, and hides no other. */
export function describeRuns(paths: readonly string[]): Promise<RunDescription[]> {
  return Promise.all(
    paths.map((path) => describeRun(path).catch((error: unknown) => describeDamaged(path, describeError(error)))),
  );
}

async function describeDamaged(path: string, problem: string): Promise<RunDescription> {
  const bytes = await sizeOf(path).catch(() => 0);
  const unknown = { what: '?', kimg: null, totalKimg: null, fid: null };
  return { path, name: basename(path), ...unknown, state: 'damaged', bytes, problem };
}

/** Describes the run in a folder, also one that is running. @throws RunError or UserError if its files are damaged */
export async function describeRun(path: string): Promise<RunDescription> {
  const options = (await readTrainingOptions(path)) ?? {};
  const ticks = readTicks(path);
  const kimg = lastMean(ticks, 'Progress/kimg');
  const totalKimg = lengthOf(options);
  const what = typeof options.command === 'string' ? options.command : (settingsCommand(path) ?? 'a short run');
  return {
    ...{ path, name: basename(path), what, kimg, totalKimg },
    fid: lastFid(ticks, path),
    state: await stateOf(path),
    bytes: await sizeOf(path),
    problem: null,
  };
}

function lengthOf(options: Record<string, unknown>): number | null {
  const { duration } = (options.command_line ?? {}) as { duration?: unknown };
  if (typeof duration === 'number') return duration * 1000;
  return typeof options.kimg === 'number' ? options.kimg : null;
}

/** Comparisons and quickstarts have their settings in a file of their own. */
function settingsCommand(path: string): string | undefined {
  return (readJsonFile(path, 'settings.json') as { command?: string } | null)?.command;
}

function lastFid(ticks: readonly RecordedTick[], path: string): RunDescription['fid'] {
  const name = ticks.flatMap((tick) => Object.keys(tick)).findLast((each) => /^Metrics\/s?fid/.test(each));
  const value = name === undefined ? null : lastMean(ticks, name);
  if (name !== undefined && value !== null) return { name: name.replace('Metrics/', ''), value };
  const summary = readJsonFile(path, 'summary.json') as {
    num_images?: number;
    fid?: { student_after?: number };
  } | null;
  const after = summary?.fid?.student_after;
  return typeof after === 'number' ? { name: `fid${summary?.num_images}`, value: after } : null;
}

/** Whether a process works on the run in a folder. */
export async function isRunning(path: string): Promise<boolean> {
  return (await FileLock.holder(join(path, 'run.lock'))) !== null;
}

async function stateOf(path: string): Promise<RunState> {
  if (await isRunning(path)) return 'running';
  const last = readText(path, 'log.txt').trimEnd().split('\n').at(-1)!;
  const isFinished = ['summary.json', 'results.json'].some((name) => existsSync(join(path, name)));
  if (isFinished || last.startsWith('Done: ')) return 'done';
  return /\bNaN\b/.test(last) && !last.startsWith('tick ') ? 'dead' : 'stopped';
}

function readJsonFile(path: string, name: string): unknown {
  try {
    return parseJson(readText(path, name) || 'null');
  } catch {
    return null;
  }
}
