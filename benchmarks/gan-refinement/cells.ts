import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onestep, readTicks, snapshotOf } from '../methods/distill.js';
import type { Judge, Quality } from '../methods/measure.js';
import { GAN_SEED, SNAPSHOT_KIMG, type Settings } from './settings.js';

/** One snapshot of the GAN, refined, and trained further as it was. */
export interface Cell {
  /** Seed of the refinement, and of the GAN's further training. */
  seed: number;
  /** Thousands of images that the GAN had seen. */
  start: number;
  /** What was measured how: a cell with others is measured again. */
  measured: { kimg: number; further: number; num: number };
  method: string;
  args: readonly string[];
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

/** Refines one snapshot, trains the GAN further from there as the control, and measures all three. The GAN has to be trained. */
export async function runCell(seed: number, start: number, settings: Settings, judge: Judge): Promise<Cell> {
  const { kimg, further, num, method } = settings;
  const args = settings.args.get(start)!;
  const snapshot = snapshotOf(ganFolder(settings), start);
  const folder = cellFolder(seed, start, settings);
  mkdirSync(folder, { recursive: true });
  await onestep([
    ...['distill', method, '--generator', snapshot, '--edm-model', 'fashion-mnist', ...args],
    ...['--outdir', folder, '--nosubdir', '--seed', String(seed), '--duration', String(kimg / 1000)],
    ...['--tick', '1', '--snap', '4', '--dump', '4', '--pictures', '0', '--metrics', 'none'],
  ]);
  const control = controlFolder(seed, start, settings);
  mkdirSync(control, { recursive: true });
  const state = join(startFolder(start, settings), stateName(start));
  await onestep([
    ...['gan', 'train', '--resume', state, ...ganOptions(settings), '--seed', String(seed)],
    ...['--outdir', control, '--nosubdir', '--kimg', String(start + further), '--tick', '4', '--snap', '50'],
  ]);
  const cell: Cell = {
    seed,
    start,
    measured: { kimg, further, num },
    method,
    args,
    detector: judge.detector,
    before: await judge.measure(snapshot),
    refined: await judge.measure(snapshotOf(folder, kimg)),
    control: await judge.measure(snapshotOf(control, start + further)),
    seconds: { refined: secondsOf(folder, 0, kimg), control: secondsOf(control, start, start + further) },
  };
  writeFileSync(join(folder, 'cell.json'), `${JSON.stringify(cell, null, 2)}\n`);
  return cell;
}

/** Trains the GAN as far as its last snapshot, and keeps its training state at each. A run that is there goes on. */
export async function trainGan(settings: Settings): Promise<void> {
  const folder = ganFolder(settings);
  mkdirSync(folder, { recursive: true });
  for (const start of settings.starts.toSorted((a, b) => a - b)) {
    const kept = startFolder(start, settings);
    if (existsSync(kept)) continue;
    await onestep([
      ...['gan', 'train', ...ganOptions(settings), '--seed', String(GAN_SEED), '--kimg', String(start)],
      ...['--outdir', folder, '--nosubdir', '--tick', '4', '--snap', String(SNAPSHOT_KIMG / 4), '--dump', '1'],
    ]);
    // The run keeps its newest states only.
    const unfinished = `${kept}.unfinished`;
    mkdirSync(unfinished, { recursive: true });
    for (const name of [stateName(start), 'training_options.json']) {
      copyFileSync(join(folder, name), join(unfinished, name));
    }
    renameSync(unfinished, kept);
  }
}

function ganOptions({ data }: Settings): string[] {
  return ['--data', data!, '--cfg', 'small', '--cond', '1', '--metrics', 'none'];
}

function stateName(kimg: number): string {
  return `training-state-${String(kimg).padStart(6, '0')}.safetensors`;
}

function ganFolder({ out }: Settings): string {
  return join(out, 'gan');
}

function startFolder(start: number, { out }: Settings): string {
  return join(out, `gan-at-${start}`);
}

function controlFolder(seed: number, start: number, { out, further }: Settings): string {
  return join(out, `gan-${further}-more`, `seed-${seed}`, `from-${start}`);
}

function cellFolder(seed: number, start: number, { out, method, args, kimg }: Settings): string {
  const options = [method, ...args.get(start)!, `${kimg}kimg`].join(' ').replaceAll(/[^\w.-]+/g, '_');
  return join(out, options, `seed-${seed}`, `from-${start}`);
}

function secondsOf(folder: string, from: number, to: number): number {
  const ticks = readTicks(folder).filter(({ kimg }) => kimg > from && kimg <= to + 0.5);
  return ticks.reduce((sum, { seconds }) => sum + seconds, 0);
}
