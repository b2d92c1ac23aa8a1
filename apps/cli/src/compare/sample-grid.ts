import { studentRows, teacherRows, type ClassRows } from '../images/class-samples.js';
import { drawComparisonGrid } from '../images/comparison-grid.js';
import { classNames } from '../images/labels.js';
import { canvasPng } from '../images/write-canvas.js';
import { loadGenerator } from '../networks/load-network.js';
import { evaluationsOf } from '../measuring/evaluations.js';
import type { Comparison } from './comparison.js';
import { studentPath } from './method-run.js';

/** Images in a row, shared evenly by the classes. */
const COLUMNS = 20;
const SCALE = 2;

/** A PNG with a row for the teacher at each number of steps and for each method: the same classes and seeds. */
export async function sampleGrid({ options, teacher, signal }: Comparison): Promise<Uint8Array> {
  const { outdir, teacherSteps, methods } = options;
  const perClass = Math.ceil(COLUMNS / Math.max(1, teacher.labelDim));
  const origins: { label: string; samples: ClassRows }[] = [];
  for (const steps of teacherSteps) {
    const samples = await teacherRows(teacher, perClass, { steps }, signal);
    origins.push({ label: `teacher, NFE ${evaluationsOf(steps)}`, samples });
  }
  for (const method of methods) {
    const generator = await loadGenerator(studentPath(outdir, method));
    origins.push({ label: `${method}, NFE 1`, samples: await studentRows(generator, perClass) });
  }
  const titles = teacher.labelDim === 0 ? [''] : classNames(teacher.labelDim);
  const blocks = titles.map((title, c) => ({ title, rows: origins.map(({ samples }) => samples[c]!) }));
  const labels = origins.map(({ label }) => label);
  const format = { size: teacher.imgResolution, channels: teacher.imgChannels, scale: SCALE };
  return canvasPng(drawComparisonGrid(blocks, labels, format));
}
