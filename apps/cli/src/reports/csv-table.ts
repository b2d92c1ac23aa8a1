import type { FigureTable } from './figure-table.js';

/** A value of a CSV file. */
export type CsvValue = string | number | null;

/** Renders rows as CSV (RFC 4180). Nothing stands for a value that is not known. */
export function csv(head: readonly string[], rows: readonly (readonly CsvValue[])[]): string {
  const field = (value: CsvValue) => {
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) return '';
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [head, ...rows].map((row) => `${row.map(field).join(',')}\r\n`).join('');
}

/** Renders a table of figures with all digits. A quantity over seeds has three columns: mean, standard error and number of seeds. */
export function csvTable({ columns, rows }: FigureTable): string {
  const isSpread = columns.map((_, i) => rows.some((row) => typeof row[i] === 'object' && row[i] !== null));
  const head = columns.flatMap(({ key }, i) => (isSpread[i] ? [key, `${key}_se`, `${key}_n`] : [key]));
  const values = rows.map((row) =>
    row.flatMap((cell, i): CsvValue[] => {
      if (!isSpread[i]) return [cell as CsvValue];
      if (cell === null || typeof cell !== 'object') return [cell, null, null];
      return [cell.mean, cell.error, cell.count];
    }),
  );
  return csv(head, values);
}
