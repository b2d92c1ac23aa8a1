import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onestep, readTicks, snapshotOf } from '../methods/distill.js';
import type { Judge, Quality } from '../methods/measure.js';
import { SNAPSHOT_KIMG, type Settings } from './settings.js';

/** One snapshot of a GAN, refined, and trained further as it was. */
export interface Cell {
  seed: number;
  /** Thousands of images that the GAN had seen. */
  start: number;
  /** What was measured how: a cell with others is measured again. */
  measured: { kimg: number; further: number; num: number };
  method: string;
  detector: string;
  before: Quality;
  refined: Quality;
  /** The GAN after its own further training. */
  control: Quality;
  /** Seconds of training steps. */
  seconds: { refined: number; control: number };
}

/** The result for one snapshot; null if there is none with these settings. */
export function readCell(seed: number, start: number, settings: Settings): Cell | null {
  const path = join(cellFolder(seed, start, settings), 'cell.json');
  if (!existsSync(path)) return null;
  const cell = JSON.parse(readFileSync(path, 'utf8')) as Cell;
  const { kimg, further, num } = settings;
  return JSON.stringify(cell.measured) === JSON.stringify({ kimg, further, num }) ? cell : null;
}

/** Refines one snapshot, and measures it and the control. The GAN has to be trained. */
export async function runCell(seed: number, start: number, settings: Settings, judge: Judge): Promise<Cell> {
  const { kimg, further, num, method, args } = settings;
  const gan = ganFolder(seed, settings);
  const folder = cellFolder(seed, start, settings);
  const snapshot = snapshotOf(gan, start);
  mkdirSync(folder, { recursive: true });
  await onestep([
    ...['distill', method, '--generator', snapshot, '--edm-model', 'fashion-mnist', '--preset', 'small', ...args],
    ...['--outdir', folder, '--nosubdir', '--seed', String(seed), '--duration', String(kimg / 1000)],
    ...['--tick', '1', '--snap', '4', '--dump', '4', '--pictures', '0', '--metrics', 'none'],
  ]);
  const cell: Cell = {
    seed,
    start,
    measured: { kimg, further, num },
    method,
    detector: judge.detector,
    before: await judge.measure(snapshot),
    refined: await judge.measure(snapshotOf(folder, kimg)),
    control: await judge.measure(snapshotOf(gan, start + further)),
    seconds: { refined: secondsOf(folder, 0, kimg), control: secondsOf(gan, start, start + further) },
  };
  writeFileSync(join(folder, 'cell.json'), `${JSON.stringify(cell, null, 2)}\n`);
  return cell;
}

/** Trains the GAN of a seed, as far as the last control needs it. A run that is there goes on. */
export async function trainGan(seed: number, settings: Settings): Promise<void> {
  const { data, starts, further } = settings;
  const folder = ganFolder(seed, settings);
  mkdirSync(folder, { recursive: true });
  await onestep([
    ...['gan', 'train', '--data', data!, '--cfg', 'small', '--cond', '1', '--seed', String(seed)],
    ...['--outdir', folder, '--nosubdir', '--kimg', String(Math.max(...starts) + further)],
    ...['--tick', '4', '--snap', String(SNAPSHOT_KIMG / 4), '--metrics', 'none'],
  ]);
}

function ganFolder(seed: number, { out }: Settings): string {
  return join(out, `seed-${seed}`, 'gan');
}

function cellFolder(seed: number, start: number, { out, method, args }: Settings): string {
  return join(out, `seed-${seed}`, [method, ...args].join(' ').replaceAll(/[^\w.-]+/g, '_'), `from-${start}`);
}

function secondsOf(folder: string, from: number, to: number): number {
  const ticks = readTicks(folder).filter(({ kimg }) => kimg > from && kimg <= to + 0.5);
  return ticks.reduce((sum, { seconds }) => sum + seconds, 0);
}
