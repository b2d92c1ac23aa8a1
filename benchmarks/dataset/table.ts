import { table } from '../markdown.js';

/** One kind of work on data sets, of both sides. */
export interface DatasetRow {
  work: string;
  unit: string;
  ours: number;
  peer: number;
  /** Ours over Python's, in the unit. */
  ratio: number;
}

/** Formats them. */
export function datasetTable(rows: readonly DatasetRow[]): string {
  return table(
    ['', 'onestep', 'Python', 'ratio'],
    rows.map(({ work, unit, ours, peer, ratio }) => [
      `${work}, ${unit}`,
      ...[ours, peer].map((value) => (value >= 100 ? value.toFixed(0) : value.toFixed(2))),
      ratio.toFixed(2),
    ]),
  );
}
