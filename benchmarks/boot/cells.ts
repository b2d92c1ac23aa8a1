import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeSafetensors } from '@onestep/checkpoint';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { StepStats } from '@onestep/diffusion-core';
import { folderName } from '../methods/recipes.js';
import type { Variant } from './experiments.js';
import { usualPoints, type Problem } from './problem.js';
import { meansOf } from './step-means.js';

/** A student's figures after some training. */
export type Measured = Record<string, number> & {
  /** Thousands of images that it was trained on. */
  kimg: number;
};

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
  /** Seconds of training by the clock, without measuring and saving. */
  secondsPerKimg: number;
}

/** Where cells are, and what they measure. */
export interface CellSettings {
  out: string;
  /** Where students are measured, in thousands of images, ascending; the last is the length. Null for the usual. */
  points: readonly number[] | null;
  /** Images behind each figure of an image problem. */
  num: number;
}

/** Stretches of a training with statistics of their own. */
const STRETCHES = 8;

/** Path of a student that a cell has left. */
export function studentOf({ name }: Variant, seed: number, { out }: Pick<CellSettings, 'out'>): string {
  return join(out, folderName(name), `seed-${seed}`, 'student.safetensors');
}

/** The cell of a variant and a seed; null if it is not there, or was measured in another way. */
export function readCell(variant: Variant, seed: number, settings: CellSettings): Cell | null {
  const path = join(studentOf(variant, seed, settings), '..', 'cell.json');
  if (!existsSync(path)) return null;
  const cell = JSON.parse(readFileSync(path, 'utf8')) as Cell;
  const isSame =
    cell.measured.num === settings.num && String(cell.measured.points) === String(pointsOf(variant, settings));
  return isSame ? cell : null;
}

/** Trains one variant with one seed and measures its student on the way. */
export async function runCell(variant: Variant, seed: number, settings: CellSettings, problem: Problem): Promise<Cell> {
  const points = pointsOf(variant, settings);
  const task = problem.createTask(variant, seed);
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
      curve.push({ kimg: images / 1000, ...(await problem.measure(task.generator)) });
    }
    const path = studentOf(variant, seed, settings);
    mkdirSync(join(path, '..'), { recursive: true });
    await writeFileAtomically(path, encodeSafetensors(await task.snapshot()));
    const cell: Cell = {
      variant: variant.name,
      seed,
      measured: { points, num: settings.num, detector: problem.measuredWith },
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

function pointsOf(variant: Variant, { points }: CellSettings): readonly number[] {
  return points ?? usualPoints(variant);
}
