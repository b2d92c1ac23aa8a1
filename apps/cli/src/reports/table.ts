import { escapeHtml } from './page.js';

/** A table of text. The first cell of each row is its name. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** Renders a table in Markdown, with all columns but the first aligned to the right. */
export function markdownTable({ head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n');
}

/** Renders a table in HTML. */
export function htmlTable({ head, rows }: Table): string {
  const cells = (row: string[]) =>
    row.map((cell, i) => (i === 0 ? `<th>${escapeHtml(cell)}</th>` : `<td>${escapeHtml(cell)}</td>`)).join('');
  const columns = head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('');
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
  return `<table class="figures"><thead><tr>${columns}</tr></thead>\n<tbody>${body}</tbody></table>`;
}
