import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors } from '@onestep/checkpoint';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { meanOf, type Distance, type StepStats } from '@onestep/diffusion-core';
import type { Teacher } from 'onestep';
import type { Judge, Quality } from '../methods/measure.js';
import { folderName } from '../methods/recipes.js';
import { createTask } from './create-task.js';
import type { Variant } from './experiments.js';
import type { PathEnds } from './path-ends.js';

/** A student's figures after some training. */
export interface Measured extends Quality {
  /** Thousands of images that it was trained on. */
  kimg: number;
  /** Root mean square of the student's image minus the end of the teacher's path from the same noise. */
  pathError: number;
}

/** Means of a training's statistics over a stretch of it. */
export interface Stretch {
  /** Thousands of images at its end. */
  kimg: number;
  stats: Record<string, number>;
}

/** One variant with one seed: contents of `cell.json`. */
export interface Cell {
  variant: string;
  seed: number;
  /** What it was measured with: a cell of other settings is made again. */
  measured: { points: readonly number[]; num: number; detector: string };
  curve: Measured[];
  stretches: Stretch[];
  /** Of training alone, whatever else the machine did. */
  secondsPerKimg: number;
}

/** What all cells share. */
export interface Bench {
  teacher: Teacher;
  judge: Judge;
  ends: PathEnds;
  perceptual: Distance;
}

/** Where cells are, and what they measure. */
export interface CellSettings {
  out: string;
  /** Where students are measured, in thousands of images, ascending; the last is the length. Null for those of the method. */
  points: readonly number[] | null;
  /** Images behind each figure. */
  num: number;
}

/** Where students of each method are measured. Those of SiD make a curve on logarithmic axes. */
const POINTS = { boot: [1.024, 2.048], sid: [0.256, 0.512, 1.024, 2.048] } as const;

/** Stretches of a training with statistics of their own. */
const STRETCHES = 8;
/** Statistics that answer a question. */
const KEPT = /^(G_Loss|Boundary_residual|Bootstrap_increment|Relative_increment|Teacher_distance|Score_gap|NaN)/;

/** Path of a student that a cell has left. */
export function studentOf({ name }: Variant, seed: number, { out }: Pick<CellSettings, 'out'>): string {
  return join(out, folderName(name), `seed-${seed}`, 'student.safetensors');
}

/** The cell of a variant and a seed; null if it is not there, or was measured in another way. */
export function readCell({ name, method }: Variant, seed: number, settings: CellSettings): Cell | null {
  const { out, num } = settings;
  const points = settings.points ?? POINTS[method];
  const path = join(out, folderName(name), `seed-${seed}`, 'cell.json');
  if (!existsSync(path)) return null;
  const cell = JSON.parse(readFileSync(path, 'utf8')) as Cell;
  const isSame = cell.measured.num === num && String(cell.measured.points) === String(points);
  return isSame ? cell : null;
}

/** Trains one variant with one seed and measures its student on the way. */
export async function runCell(variant: Variant, seed: number, settings: CellSettings, bench: Bench): Promise<Cell> {
  const { num } = settings;
  const points = settings.points ?? POINTS[variant.method];
  const task = createTask(variant, seed, bench);
  const stretches: Stretch[] = [];
  const curve: Measured[] = [];
  let steps: StepStats[] = [];
  let images = 0;
  let seconds = 0;
  try {
    const length = points.at(-1)! * 1000;
    for (const point of points) {
      while (images < point * 1000) {
        const started = performance.now();
        steps.push(await task.step(images));
        seconds += (performance.now() - started) / 1000;
        images += task.batchSize;
        if (images >= ((stretches.length + 1) * length) / STRETCHES) {
          stretches.push({ kimg: images / 1000, stats: meansOf(steps) });
          steps = [];
        }
      }
      const quality = await bench.judge.measureGenerator(task.generator);
      curve.push({ kimg: images / 1000, ...quality, pathError: await bench.ends.distance(task.generator) });
    }
    const path = studentOf(variant, seed, settings);
    mkdirSync(join(path, '..'), { recursive: true });
    await writeFileAtomically(path, encodeSafetensors(await task.snapshot()));
    const cell: Cell = {
      variant: variant.name,
      seed,
      measured: { points, num, detector: bench.judge.detector },
      curve,
      stretches,
      secondsPerKimg: (seconds / images) * 1000,
    };
    await writeFileAtomically(join(path, '..', 'cell.json'), `${JSON.stringify(cell, null, 2)}\n`);
    return cell;
  } finally {
    task.dispose();
  }
}

/** The mean of each statistic over steps; of moments, the mean of all that they count. */
function meansOf(steps: readonly StepStats[]): Record<string, number> {
  const names = [...new Set(steps.flatMap((stats) => Object.keys(stats)))].filter((name) => KEPT.test(name));
  return Object.fromEntries(
    names.map((name) => {
      let [sum, count] = [0, 0];
      for (const { [name]: value } of steps) {
        const mean = value === undefined ? NaN : meanOf(value);
        if (Number.isNaN(mean)) continue;
        const weight = typeof value === 'number' ? 1 : value!.num;
        sum += weight * mean;
        count += weight;
      }
      return [name, Number((sum / count).toPrecision(6))];
    }),
  );
}
