import type { Spread } from './spread.js';
import { formatNumber } from '../terminal/format.js';
import type { Table } from './table.js';

/** A cell of a table of figures. */
export type FigureCell = string | number | Spread | null;

/** A column of a table of figures. */
export interface FigureColumn {
  title: string;
  /** Name in a file of values. */
  key: string;
  better?: 'lower' | 'higher';
}

/** A table of figures, which can be rendered in several formats. The first column names the row. */
export interface FigureTable {
  /** Label in LaTeX, such as `tab:equal-time`. */
  label: string;
  caption: string;
  columns: readonly FigureColumn[];
  rows: readonly (readonly FigureCell[])[];
}

/** A spread's mean and standard error with the same number of decimals; the error is null for one seed. */
export function spreadParts({ mean, error }: Spread): { mean: string; error: string | null } {
  const text = formatNumber(mean);
  if (error === null || !/^-?[\d.]+$/.test(text))
    return { mean: text, error: error === null ? null : formatNumber(error) };
  const decimals = text.split('.')[1]?.length ?? 0;
  return { mean: text, error: error.toFixed(decimals) };
}

/** A cell as text: `0.477 ± 0.012`, and `–` where there is nothing. */
export function cellText(cell: FigureCell): string {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  if (typeof cell === 'number') return Number.isInteger(cell) ? String(cell) : formatNumber(cell);
  const { mean, error } = spreadParts(cell);
  return error === null ? mean : `${mean} ± ${error}`;
}

/** The table as text, for Markdown and HTML. */
export function textTable({ columns, rows }: FigureTable): Table {
  const arrows = { lower: ' ↓', higher: ' ↑' };
  return {
    head: columns.map(({ title, better }) => title + (better === undefined ? '' : arrows[better])),
    rows: rows.map((row) => row.map(cellText)),
  };
}
