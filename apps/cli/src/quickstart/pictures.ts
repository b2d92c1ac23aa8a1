import { join } from 'node:path';
import type { Generator } from '@onestep/diffusion-core';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { studentRows, type ClassRows } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { classNames } from '../images/labels.js';
import { canvasPng } from '../images/write-canvas.js';

const GRID_SCALE = 2;

/** The comparison grid: teacher, student before, student after; one row a class. */
export function comparisonPng(
  teacher: { rows: ClassRows; evaluations: number },
  before: ClassRows,
  after: ClassRows,
  format: { imgResolution: number; imgChannels: number },
): Uint8Array {
  const canvas = drawComparisonGrid(
    [
      { title: `teacher: ${teacher.evaluations} NFE`, rows: teacher.rows },
      { title: 'before: 1 NFE', rows: before },
      { title: 'after: 1 NFE', rows: after },
    ],
    classNames(before.length),
    { size: format.imgResolution, channels: format.imgChannels, scale: GRID_SCALE },
  );
  return canvasPng(canvas);
}

/** One image of each class as the generator makes them now, written as `fakes{kimg}.png`. @returns its path */
export async function writeFakes(folder: string, generator: Generator, imagesSeen: number): Promise<string> {
  const images = (await studentRows(generator, 1)).flat();
  const half = Math.ceil(images.length / 2);
  const rows = [images.slice(0, half), images.slice(half)];
  const format = { size: generator.imgResolution, channels: generator.imgChannels, scale: GRID_SCALE };
  const path = fakesPath(folder, imagesSeen);
  await writeFileAtomically(path, canvasPng(drawComparisonGrid([{ title: '', rows }], [], format)));
  return path;
}

/** Where {@link writeFakes} puts its picture. */
export function fakesPath(folder: string, imagesSeen: number): string {
  return join(folder, `fakes${(imagesSeen / 1000).toFixed(3).padStart(10, '0')}.png`);
}
