import { padText, textWidth } from '../terminal/text-width.js';
import type { Table } from './table.js';

/** Renders a table for a terminal, with columns as wide as they need: the first aligned to the left, the others to the right. */
export function plainTable({ head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => textWidth(row[i]!))));
  return all
    .map((row) =>
      row
        .map((cell, i) => padText(cell, widths[i]!, i === 0 ? 'after' : 'before'))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
