import { describeReference } from '@onestep/metrics';
import { recordedTeacher } from '../../short-run/short-run.js';
import type { CellComparison } from '../cells/cell-options.js';
import { budgetText } from '../cells/budget.js';
import type { Cuts } from './cuts.js';
import type { MeasuredCell } from './measured-cell.js';
import { methodRows } from './method-rows.js';
import type { FailedCell, PaperResults } from './results.js';
import type { TeacherRow } from './teacher-rows.js';

/** What a comparison with a budget has found. */
export interface Found {
  cells: readonly MeasuredCell[];
  failed: FailedCell[];
  cuts: Cuts;
  teacherRows: TeacherRow[];
}

/** Puts everything that was measured into rows. */
export function toPaperResults(
  { options, basis, evaluator, digests }: CellComparison,
  { cells, failed, cuts, teacherRows }: Found,
): PaperResults {
  const { batch, budget, num } = options;
  const needs = Object.fromEntries(Object.entries(basis.recipes).map(([name, recipe]) => [name, recipe.needs]));
  const points = cells.flatMap(({ cell: { method, seed: own }, curves }) =>
    [...curves].flatMap(([calls, curve]) => curve.map((point) => ({ method, seed: own, calls, ...point }))),
  );
  return {
    teacher: recordedTeacher(options),
    budget: budgetText(budget),
    seeds: [...new Set([...cells.map(({ cell }) => cell), ...failed].map(({ seed }) => seed))].sort((a, b) => a - b),
    batch,
    guidance: (basis.guidance?.scale as number | undefined) ?? null,
    measured: {
      detector: evaluator.extractor.name,
      images: num,
      reference: describeReference(evaluator.reference.statistics!),
      remarks: evaluator.remarks,
    },
    digests,
    cuts,
    equalPictures: methodRows(cells, needs, 'kimg', cuts.kimg),
    equalTime: methodRows(cells, needs, 'seconds', cuts.seconds),
    teacherRows,
    points,
    failed,
    leftOut: basis.leftOut,
  };
}
