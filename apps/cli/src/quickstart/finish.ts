import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically, writeSafetensors } from '@onestep/checkpoint/node';
import { studentRows, teacherRows, type ClassRows } from '../images/class-samples.js';
import { comparisonPng, fakesPath, GRID_COLUMNS } from './pictures.js';
import { renderReport } from './report.js';
import type { Quickstart } from './run.js';
import { summarize, timeGenerator, type Summary } from './summary.js';

/**
 * Writes the student, the grid, the report and, last, the summary: its presence marks completion.
 *
 * @param rowsBefore samples of the student before training
 */
export async function finish(quickstart: Quickstart, rowsBefore: ClassRows): Promise<Summary> {
  const { run, task, teacher, recorded, line, signal } = quickstart;
  const { sampler, steps, evaluations } = quickstart.sampling;
  const folder = run.folder.path;
  line.update('writing the student, the grid and the report');
  await writeSafetensors(join(folder, 'student.safetensors'), await task.snapshot());

  const gridPng = comparisonPng(teacher, evaluations, {
    teacher: await teacherRows(teacher, GRID_COLUMNS, { sampler, steps }, signal),
    before: rowsBefore,
    after: await studentRows(task.generator, GRID_COLUMNS),
  });
  await writeFileAtomically(join(folder, 'grid.png'), gridPng);

  const summary = summarize(quickstart, await timeGenerator(task.generator));
  const progressPngs = await Promise.all(
    summary.curve.map(async ({ kimg, fid }) => ({ kimg, fid, png: await readFile(fakesPath(folder, kimg * 1000)) })),
  );
  const report = renderReport({ summary, gridPng, progressPngs, options: recorded, folder });
  await writeFileAtomically(join(folder, 'report.html'), report);
  await writeFileAtomically(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}
