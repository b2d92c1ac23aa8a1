import { join } from 'node:path';
import type { Denoiser, Generator } from '@onestep/diffusion-core';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { shownNames } from '../images/class-names.js';
import { studentRows, type ClassRows } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { canvasPng } from '../images/write-canvas.js';

/** Images per class and origin in the comparison grid. */
export const GRID_COLUMNS = 4;

const GRID_SCALE = 2;

/**
 * Draws the comparison grid: the teacher, the student before and after training, with one row per class.
 *
 * @param evaluations network evaluations of the teacher for an image
 */
export function comparisonPng(
  teacher: Denoiser,
  evaluations: number,
  rows: { teacher: ClassRows; before: ClassRows; after: ClassRows },
): Uint8Array {
  const canvas = drawComparisonGrid(
    [
      { title: `teacher: ${evaluations} NFE`, rows: rows.teacher },
      { title: 'before: 1 NFE', rows: rows.before },
      { title: 'after: 1 NFE', rows: rows.after },
    ],
    shownNames(teacher),
    { size: teacher.imgResolution, channels: teacher.imgChannels, scale: GRID_SCALE },
  );
  return canvasPng(canvas);
}

/** Writes one image per class of the generator as `fakes{kimg}.png`. */
export async function writeFakes(folder: string, generator: Generator, imagesSeen: number): Promise<void> {
  const images = (await studentRows(generator, 1)).flat();
  const half = Math.ceil(images.length / 2);
  const rows = [images.slice(0, half), images.slice(half)];
  const format = { size: generator.imgResolution, channels: generator.imgChannels, scale: GRID_SCALE };
  const canvas = drawComparisonGrid([{ title: '', rows }], [], format);
  await writeFileAtomically(fakesPath(folder, imagesSeen), canvasPng(canvas));
}

/** Path of the picture that {@link writeFakes} writes. */
export function fakesPath(folder: string, imagesSeen: number): string {
  return join(folder, `fakes${(imagesSeen / 1000).toFixed(3).padStart(10, '0')}.png`);
}
