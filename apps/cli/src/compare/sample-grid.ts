import { guideDenoiser } from '@onestep/diffusion-core';
import { shownNames } from '../images/class-names.js';
import { shownClasses, shownPrompts, studentRows, teacherRows, type ClassRows } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { canvasPng } from '../images/write-canvas.js';
import { loadGeneratorModel } from '../networks/load-network.js';
import type { Comparison } from './comparison.js';

/** Images per row, divided evenly among the classes. */
const COLUMNS = 20;
const SCALE = 2;

/** A row of the grid: a network, and how it is called. */
export interface GridRow {
  label: string;
  /** Steps of the EDM sampler, for the teacher; or the file of a student. */
  source: number | string;
}

/** The prompt of each column of the grid; none for a teacher that takes no captions. */
export function gridPrompts({ teacher, basis }: Comparison): readonly string[] {
  return shownPrompts(teacher, basis.labels, COLUMNS) ?? [];
}

/** Draws a row for each network, with the same classes and seeds. @returns PNG */
export async function sampleGrid(
  { teacher, basis, signal }: Comparison,
  rows: readonly GridRow[],
): Promise<Uint8Array> {
  const { labels } = basis;
  const guided = basis.guidance === undefined ? teacher : guideDenoiser(teacher, basis.guidance);
  const perClass = Math.ceil(COLUMNS / shownClasses(teacher, labels).length);
  const samples: ClassRows[] = [];
  for (const { source } of rows) {
    if (typeof source === 'number') {
      samples.push(await teacherRows(guided, perClass, { steps: source }, signal, labels));
      continue;
    }
    const model = await loadGeneratorModel(source);
    samples.push(await studentRows(model.generator, perClass, labels));
    model.dispose();
  }
  const blocks = shownNames(teacher, labels).map((title, c) => ({
    title,
    rows: samples.map((classes) => classes[c]!),
  }));
  const format = { size: teacher.imgResolution, channels: teacher.imgChannels, scale: SCALE };
  const names = rows.map(({ label }) => label);
  return canvasPng(drawComparisonGrid(blocks, names, format));
}
