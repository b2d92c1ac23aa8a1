import type { MethodNeed } from '@onestep/diffusion-core';
import { FIGURE_NAMES, type Figures } from '../cells/figures.js';
import { readCurve, type CurveAxis, type CurvePoint } from './curve.js';
import type { MeasuredCell } from './measured-cell.js';
import { spreadOf, type Spread } from '../../reports/spread.js';

/** A method at one place of its curves, over its seeds. */
export interface MethodRow extends Record<keyof Figures | 'kimg' | 'seconds', Spread | null> {
  method: string;
  /** What it learns from besides the teacher. */
  needs: readonly MethodNeed[];
  /** Network evaluations of an image (NFE). */
  calls: number;
  secondsPerKimg: Spread | null;
  /** Largest memory of a training, in bytes; null where it is not known. */
  memory: number | null;
}

/**
 * The rows of a table: each method, once for each number of network evaluations that was measured.
 *
 * @param needs of each method, by its name
 * @param position where the curves are read along the axis
 */
export function methodRows(
  cells: readonly MeasuredCell[],
  needs: Readonly<Record<string, readonly MethodNeed[]>>,
  axis: CurveAxis,
  position: number,
): MethodRow[] {
  return Object.keys(needs).flatMap((method) => {
    const own = cells.filter(({ cell }) => cell.method === method);
    const calls = [...new Set(own.flatMap(({ curves }) => [...curves.keys()]))].sort((a, b) => a - b);
    return calls.map((count) => rowOf(method, needs[method]!, own, count, axis, position));
  });
}

function rowOf(
  method: string,
  needs: readonly MethodNeed[],
  cells: readonly MeasuredCell[],
  calls: number,
  axis: CurveAxis,
  position: number,
): MethodRow {
  const points = cells.map(({ curves }) => readCurve(curves.get(calls) ?? [], axis, position));
  const found = points.filter((point) => point !== null);
  const spread = (name: keyof CurvePoint) =>
    spreadOf(found.map((point) => point[name]).filter((value) => value !== null));
  const memory = Math.max(...cells.map(({ record }) => record.peakMemory));
  const figures = Object.fromEntries(
    ([...FIGURE_NAMES, 'kimg', 'seconds'] as const).map((name) => [name, spread(name)]),
  );
  return {
    ...(figures as Record<keyof Figures | 'kimg' | 'seconds', Spread | null>),
    ...{ method, needs, calls },
    secondsPerKimg: spreadOf(cells.map(({ record }) => medianOf(record.speeds))),
    memory: Number.isFinite(memory) ? memory : null,
  };
}

function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
}
