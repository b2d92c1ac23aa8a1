import { evaluationsOf } from '../evaluation/generated-images.js';
import { shownNames } from '../images/class-names.js';
import { shownClasses, studentRows, teacherRows, type ClassRows } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { canvasPng } from '../images/write-canvas.js';
import { loadGenerator } from '../networks/load-network.js';
import type { Comparison } from './comparison.js';
import { studentPath } from './method-run.js';

/** Images per row, divided evenly among the classes. */
const COLUMNS = 20;
const SCALE = 2;

/** Draws a row for the teacher at each number of steps and for each method, with the same classes and seeds. @returns PNG */
export async function sampleGrid({ options, teacher, basis, signal }: Comparison): Promise<Uint8Array> {
  const { outdir, teacherSteps } = options;
  const { labels, recipes } = basis;
  const perClass = Math.ceil(COLUMNS / shownClasses(teacher, labels).length);
  const origins: { label: string; samples: ClassRows }[] = [];
  for (const steps of teacherSteps) {
    const samples = await teacherRows(teacher, perClass, { steps }, signal, labels);
    origins.push({ label: `teacher, NFE ${evaluationsOf(steps)}`, samples });
  }
  for (const method of Object.keys(recipes)) {
    const generator = await loadGenerator(studentPath(outdir, method));
    origins.push({ label: `${method}, NFE 1`, samples: await studentRows(generator, perClass, labels) });
  }
  const blocks = shownNames(teacher, labels).map((title, c) => ({
    title,
    rows: origins.map(({ samples }) => samples[c]!),
  }));
  const rowLabels = origins.map(({ label }) => label);
  const format = { size: teacher.imgResolution, channels: teacher.imgChannels, scale: SCALE };
  return canvasPng(drawComparisonGrid(blocks, rowLabels, format));
}
