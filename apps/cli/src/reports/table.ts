import { escapeHtml } from './page.js';

/** A table of text; the first cell of each row names it. */
export interface Table {
  head: string[];
  rows: string[][];
}

/** The table in Markdown, numbers aligned to the right. */
export function markdownTable({ head, rows }: Table): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${head.map((_, i) => (i === 0 ? '---' : '---:')).join('|')}|`, ...rows.map(line)].join('\n');
}

/** The table in HTML. */
export function htmlTable({ head, rows }: Table): string {
  const cells = (row: string[]) =>
    row.map((cell, i) => (i === 0 ? `<th>${escapeHtml(cell)}</th>` : `<td>${escapeHtml(cell)}</td>`)).join('');
  const columns = head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('');
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join('\n');
  return `<table class="figures"><thead><tr>${columns}</tr></thead>\n<tbody>${body}</tbody></table>`;
}
