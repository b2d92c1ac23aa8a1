import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { median } from '../timings.js';
import type { Point } from './curves.js';
import { onestep, processorSeconds, readTicks, snapshotOf, type Finished } from './distill.js';
import type { Judge } from './measure.js';
import { chooseRecipes, folderName, type Recipe } from './recipes.js';
import type { Settings } from './settings.js';

/** The result of one recipe with one seed. */
export interface Cell {
  recipe: string;
  seed: number;
  /** Where the student was measured, and on how many images: a cell with others is measured again. */
  measured: { points: readonly number[]; num: number };
  detector: string;
  /** Ascending; those of the student that it started from come first. */
  curve: Point[];
  /** Of this run, whatever else the machine did. */
  secondsPerKimg: number;
  peakMb: number;
}

/** Speed and memory of one recipe, from a short run. */
export interface Timing {
  /** Processor time on one thread after the first tick, which compiles: other work does not count in it. */
  secondsPerKimg: number;
  peakMb: number;
  /** Seconds in which the teacher made the pairs that the recipe learns from; 0 without. */
  pairSeconds: number;
  /** Processes that wanted to run before and after: 0 before on an idle machine. */
  load: [number, number];
}

/** Ticks of a short run, in iterations: a multiple of five, after which DMD2's two phases repeat. */
const TICK_KIMG = 0.32;
const SHORT_KIMG = 0.96;

/** Thousands of images after which a recipe takes over from the student that it starts from: a point at half of the length or before. */
export function startOf({ from }: Recipe, { points, kimg }: Settings): number {
  if (from === undefined) return 0;
  const start = points.findLast((point) => point <= kimg / 2);
  if (start !== undefined) return start;
  throw new Error(
    `--points ${points.join(',')} has none at half of the length or before, at which a second training starts.`,
  );
}

export function readCell({ name }: Recipe, seed: number, { out, points, num }: Settings): Cell | null {
  const cell = readJson<Cell>(join(out, folderName(name), `seed-${seed}`, 'cell.json'));
  const isSame = cell !== null && cell.measured.num === num && String(cell.measured.points) === String(points);
  return isSame ? cell : null;
}

export function readTiming({ name, timeOf = name }: Recipe, { out }: Settings): Timing | null {
  return readJson<Timing>(join(out, folderName(timeOf), 'time.json'));
}

/** Trains one recipe with one seed, and measures its student. */
export async function runCell(recipe: Recipe, seed: number, settings: Settings, judge: Judge): Promise<Cell> {
  const { out, points, kimg, num } = settings;
  const folder = join(out, folderName(recipe.name), `seed-${seed}`);
  const start = startOf(recipe, settings);
  const before = recipe.from === undefined ? undefined : startingCell(recipe, seed, settings);
  const { peakMb } = await train(recipe, {
    folder,
    seed,
    kimg: kimg - start,
    tick: 1,
    settings,
    initial: before?.student,
  });
  const curve = before?.cell.curve.filter((point) => point.kimg < start + 0.5) ?? [];
  for (const point of points.filter((each) => each > start)) {
    curve.push({ kimg: point, ...(await judge.measure(snapshotOf(folder, point - start))) });
  }
  const secondsPerKimg = median(speedsOf(folder));
  const measured = { points, num };
  const cell: Cell = { recipe: recipe.name, seed, measured, detector: judge.detector, curve, secondsPerKimg, peakMb };
  writeFileSync(join(folder, 'cell.json'), `${JSON.stringify(cell, null, 2)}\n`);
  return cell;
}

/** Measures speed and memory in a run of its own. */
export async function timeRecipe(recipe: Recipe, settings: Settings): Promise<Timing> {
  const folder = join(settings.out, folderName(recipe.name), `time-${Date.now()}`);
  const before = loadavg()[0]!;
  const pairSeconds = recipe.pairs === undefined ? 0 : await timePairs(recipe.pairs, settings);
  /** Processor time when each tick was first seen. */
  const seen: number[] = [];
  const onLook = (pid: number) => {
    while (seen.length < readTicks(folder).length) seen.push(processorSeconds(pid));
  };
  const kimg = SHORT_KIMG + (recipe.settlesAt ?? 0);
  const { peakMb } = await train(recipe, { folder, seed: 0, kimg, tick: TICK_KIMG, settings, onLook });
  const ticks = readTicks(folder);
  const first = ticks.findIndex((tick) => tick.kimg >= (recipe.settlesAt ?? 0));
  const last = seen.length - 1;
  const timing: Timing = {
    secondsPerKimg: (seen[last]! - seen[first]!) / (ticks[last]!.kimg - ticks[first]!.kimg),
    peakMb,
    pairSeconds,
    load: [before, loadavg()[0]!],
  };
  writeFileSync(join(settings.out, folderName(recipe.name), 'time.json'), `${JSON.stringify(timing, null, 2)}\n`);
  return timing;
}

/** Numbers of pairs that are made to measure the speed of making them. */
const TIMED_PAIRS = [50, 300] as const;

/** Processor time, in seconds, to make `pairs` pairs, extrapolated from two smaller numbers so that start-up does not count. */
async function timePairs(pairs: number, { out }: Settings): Promise<number> {
  const [few, more] = TIMED_PAIRS;
  const folder = join(out, `pairs-time-${Date.now()}`);
  const { processor: first } = await makePairs(`${folder}-${few}`, few);
  const { processor: second } = await makePairs(`${folder}-${more}`, more);
  return ((second - first) / (more - few)) * pairs;
}

/** Makes the teacher's pairs; those that are there stay. */
async function makePairs(folder: string, pairs: number): Promise<Finished> {
  return onestep(['edm', 'pairs', '--network', 'fashion-mnist', '--outdir', folder, '--num', String(pairs)]);
}

interface Training {
  folder: string;
  seed: number;
  kimg: number;
  tick: number;
  settings: Settings;
  /** File of the student that it starts from. */
  initial?: string;
  onLook?: (pid: number) => void;
}

/** Runs `onestep distill`; a run that is there goes on, and one that has ended is left alone. */
async function train(recipe: Recipe, { folder, seed, kimg, tick, settings, initial, onLook }: Training) {
  const { data } = settings;
  if (recipe.sees === 'images' && data === undefined)
    throw new Error(`${recipe.name} sees real images: give --data ZIP.`);
  const pairs = recipe.pairs === undefined ? undefined : join(settings.out, `pairs-${recipe.pairs}`);
  if (pairs !== undefined) await makePairs(pairs, recipe.pairs!);
  mkdirSync(folder, { recursive: true });
  const args = [
    ...['distill', recipe.method, '--edm-model', 'fashion-mnist', '--preset', 'small', ...recipe.args],
    ...['--outdir', folder, '--nosubdir', '--seed', String(seed), '--duration', String(kimg / 1000)],
    ...['--tick', String(tick), '--snap', '1', '--dump', '1000', '--pictures', '0', '--metrics', 'none'],
    ...(recipe.sees === 'images' ? ['--data', data!] : []),
    ...(pairs === undefined ? [] : ['--pairs', pairs]),
    ...(initial === undefined ? [] : [recipe.from!.flag, initial]),
  ];
  return onestep(args, onLook);
}

/** The run that a recipe goes on from. @throws Error if it is not there yet */
function startingCell(recipe: Recipe, seed: number, settings: Settings): { cell: Cell; student: string } {
  const [source] = chooseRecipes([recipe.from!.recipe]);
  const cell = readCell(source!, seed, settings);
  if (cell === null)
    throw new Error(`${recipe.name} starts from ${source!.name} with seed ${seed}: run that one before.`);
  const folder = join(settings.out, folderName(source!.name), `seed-${seed}`);
  return { cell, student: snapshotOf(folder, startOf(recipe, settings)) };
}

/** Seconds per kimg of each tick after the first, which compiles. */
function speedsOf(folder: string): number[] {
  const ticks = readTicks(folder);
  return ticks.slice(1).map(({ kimg, seconds }, i) => seconds / (kimg - ticks[i]!.kimg));
}

function readJson<T>(path: string): T | null {
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : null;
}
