import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  ALONE,
  guidedEvaluations,
  onFirstRank,
  type Communicator,
  type DenoiserNetwork,
} from '@onestep/diffusion-core';
import { readTrainingOptions } from '@onestep/diffusion-core/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { evaluationsOf } from '../evaluation/generated-images.js';
import { scoreMetrics } from '../evaluation/scores.js';
import { recordedTeacher, runInFolder, type ShortRun } from '../short-run/short-run.js';
import { fileDigests, openBasis, type Basis } from './basis.js';
import type { CompareOptions, Comparison } from './comparison.js';
import { runMethod, studentPath } from './method-run.js';
import { renderComparison, renderMarkdown } from './report.js';
import { toResults, type MeasuredMethod, type Results } from './results.js';
import { gridPrompts, sampleGrid, type GridRow } from './sample-grid.js';
import { teacherScores } from './teacher-scores.js';
import { writeNote } from '../terminal/output-mode.js';

/** Options that may differ when a comparison is continued. */
const MAY_CHANGE = ['methods', 'teacherSteps', 'backend'];

/**
 * Measures a teacher at several numbers of steps, and distills it with several methods. Each part is saved as soon as it is
 * finished, and is not repeated.
 *
 * @param communicator the processes that share the trainings and the measurements; left out, this one alone
 * @returns the results, or null if it was interrupted
 */
export async function runCompare(options: CompareOptions, communicator: Communicator = ALONE): Promise<Results | null> {
  const { outdir: _, recipes: __, areChosen: ___, ...settings } = options;
  const record = () => ({
    ...{ methods: Object.keys(basis!.recipes), ...settings },
    teacher: recordedTeacher(options),
  });
  // Another teacher in the same place: what was made with the one before is made again.
  const { teacher: before } = (await readTrainingOptions(options.outdir)) ?? {};
  const isSamePlace = typeof before === 'string' && resolve(before) === resolve(options.teacher);
  const mayChange = isSamePlace ? [...MAY_CHANGE, 'teacher'] : MAY_CHANGE;
  const files = await fileDigests(options);
  let basis: Basis | undefined;
  const open = async (teacher: DenoiserNetwork, signal: AbortSignal) => {
    // The other metric compares with nothing.
    const metrics = scoreMetrics(options.num).slice(0, 1);
    basis = await openBasis(options, teacher, { metrics, hasPairs: false, communicator });
    for (const note of basis.notes) writeNote(note);
    return basis.openEvaluator(signal);
  };
  const work = async (run: ShortRun<CompareOptions>) => {
    const comparison: Comparison = { ...run, basis: basis! };
    const scores = await teacherScores(comparison);
    const measured: MeasuredMethod[] = [];
    for (const method of Object.keys(comparison.basis.recipes)) {
      const measurements = await runMethod(comparison, method);
      if (measurements === null) return null;
      measured.push([method, measurements]);
    }
    const results = toResults(comparison, scores, measured);
    await onFirstRank(communicator, () => writeResults(comparison, results, record()));
    return results;
  };
  try {
    return await runInFolder(options, { record, mayChange, files, open, communicator }, work);
  } finally {
    basis?.dataset?.close();
  }
}

/** Writes the grid, the table, the report and, last, the results: their presence marks completion. */
async function writeResults(comparison: Comparison, results: Results, options: Record<string, unknown>): Promise<void> {
  const file = (name: string) => join(comparison.options.outdir, name);
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if ((await readFile(file('results.json'), 'utf8').catch(() => null)) === json) return;
  comparison.line.update('writing the grid and the report');
  const gridPng = await sampleGrid(comparison, gridRows(comparison));
  await writeFileAtomically(file('grid.png'), gridPng);
  await writeFileAtomically(file('table.md'), renderMarkdown(results));
  await writeFileAtomically(
    file('report.html'),
    renderComparison(results, { png: gridPng, prompts: gridPrompts(comparison) }, options),
  );
  await writeFileAtomically(file('results.json'), json);
}

/** The teacher at each number of steps, and each method's student. */
function gridRows({ options: { outdir, teacherSteps }, basis }: Comparison): GridRow[] {
  return [
    ...teacherSteps.map((steps) => ({
      label: `teacher, NFE ${guidedEvaluations(basis.guidance) * evaluationsOf(steps)}`,
      source: steps,
    })),
    ...Object.keys(basis.recipes).map((method) => ({ label: `${method}, NFE 1`, source: studentPath(outdir, method) })),
  ];
}
