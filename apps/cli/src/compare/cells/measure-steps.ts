import { momentsAround } from '../paper/curve.js';
import type { Cuts } from '../paper/cuts.js';
import type { MeasuredCell } from '../paper/measured-cell.js';
import type { CellComparison } from './cell-options.js';
import { measureCell, refinements } from './measure-cell.js';

/** Measures a cell's student with further network evaluations, where it can take them, around the places of the tables. */
export async function measureSteps(
  comparison: CellComparison,
  measured: MeasuredCell,
  cuts: Cuts,
): Promise<MeasuredCell> {
  const { cell, record, secondsBefore, curves } = measured;
  const { snapshot } = record.moments.at(-1)!;
  const moments = record.moments
    .filter((moment) => moment.snapshot !== null)
    .map((moment) => ({ ...moment, seconds: secondsBefore + moment.seconds }));
  const wanted = new Set(
    (['kimg', 'seconds'] as const).flatMap((axis) => momentsAround(moments, axis, cuts[axis])).map(({ kimg }) => kimg),
  );
  const all = new Map(curves);
  for (const calls of await refinements(cell, snapshot!, comparison.options.studentSteps)) {
    const around = record.moments.filter(({ kimg }) => wanted.has(kimg));
    all.set(calls, await measureCell({ comparison, cell, moments: around, calls, secondsBefore }));
  }
  return { ...measured, curves: all };
}
