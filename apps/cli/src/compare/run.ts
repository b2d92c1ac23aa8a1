import { join, relative } from 'node:path';
import { readFile } from 'node:fs/promises';
import { RunDirectory } from '@onestep/diffusion-core/node';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { assertMeasurable, loadMeasurement } from '../measuring/measurement.js';
import { loadTeacher } from '../networks/load-network.js';
import type { LiveLine } from '../terminal/live-line.js';
import type { CompareOptions, Comparison } from './comparison.js';
import { runMethod } from './method-run.js';
import { renderComparison, renderMarkdown } from './report.js';
import { toResults, type MeasuredMethod, type Results } from './results.js';
import { sampleGrid } from './sample-grid.js';
import { teacherScores } from './teacher-scores.js';

/** What may differ when a comparison goes on: which pieces it has, and what computes. */
const MAY_CHANGE = ['methods', 'teacherSteps', 'backend'];

/**
 * Measures a teacher at several numbers of steps, and distils it with several methods. Each piece is in the folder as soon
 * as it is finished, and is not done again.
 *
 * @returns the results, or null if the signal stopped it
 */
export async function runCompare(
  options: CompareOptions,
  line: LiveLine,
  signal: AbortSignal,
): Promise<Results | null> {
  const { outdir, ...settings } = options;
  const teacher = await loadTeacher(options.teacher);
  const measurement = await loadMeasurement();
  assertMeasurable(measurement, teacher);
  const recorded = { ...settings, teacher: relative('.', options.teacher) };
  const run = await RunDirectory.open({ path: outdir, options: recorded, mayChange: MAY_CHANGE });
  const say = async (text: string) => {
    line.print(text);
    await run.log(text);
  };
  const comparison: Comparison = { options, teacher, measurement, line, say, signal };
  try {
    const scores = await teacherScores(comparison);
    const measured: MeasuredMethod[] = [];
    for (const method of options.methods) {
      const measurements = await runMethod(comparison, method);
      if (measurements === null) return null;
      measured.push([method, measurements]);
    }
    const results = toResults(comparison, scores, measured);
    await writeResults(comparison, results, recorded);
    return results;
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    line.clear();
    run.close();
  }
}

/** Writes the grid, the table, the report and, last, the results: where they are, everything is. */
async function writeResults(comparison: Comparison, results: Results, options: Record<string, unknown>): Promise<void> {
  const file = (name: string) => join(comparison.options.outdir, name);
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if ((await readFile(file('results.json'), 'utf8').catch(() => null)) === json) return;
  comparison.line.update('writing the grid and the report');
  const gridPng = await sampleGrid(comparison);
  await writeFileAtomically(file('grid.png'), gridPng);
  await writeFileAtomically(file('table.md'), renderMarkdown(results));
  await writeFileAtomically(file('report.html'), renderComparison(results, gridPng, options));
  await writeFileAtomically(file('results.json'), json);
}
