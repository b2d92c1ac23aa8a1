import type { Cell } from '../cells/cell.js';
import type { TrainingRecord } from '../cells/training-record.js';
import type { CurvePoint } from './curve.js';

/** A cell that was trained and measured. */
export interface MeasuredCell {
  cell: Cell;
  record: TrainingRecord;
  /** Seconds that were spent before the training, such as on pairs. */
  secondsBefore: number;
  /** Figures during training by the number of network evaluations of an image, ascending in time. */
  curves: ReadonlyMap<number, CurvePoint[]>;
}

/** The end of a cell's training. */
export function endOf({ record, secondsBefore }: MeasuredCell): { kimg: number; seconds: number } {
  const { kimg, seconds } = record.moments.at(-1)!;
  return { kimg, seconds: secondsBefore + seconds };
}
