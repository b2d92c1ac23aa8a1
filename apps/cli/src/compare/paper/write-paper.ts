import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { csv, csvTable } from '../../reports/csv-table.js';
import { textTable, type FigureCell } from '../../reports/figure-table.js';
import { LATEX_PACKAGES, latexTable } from '../../reports/latex-table.js';
import { plainTable } from '../../reports/plain-table.js';
import { markdownTable } from '../../reports/table.js';
import type { CellComparison } from '../cells/cell-options.js';
import { gridPrompts, sampleGrid, type GridRow } from '../sample-grid.js';
import type { MeasuredCell } from './measured-cell.js';
import { renderPaper } from './report.js';
import type { PaperResults } from './results.js';
import { describeMeasurement, equalPicturesTable, equalTimeTable, teacherTable } from './tables.js';

/** Files of a comparison with a budget, in the order in which they are listed. */
export const PAPER_FILES = [
  'report.html',
  'table.md',
  'table.tex',
  'equal-pictures.csv',
  'equal-time.csv',
  'teacher.csv',
  'curves.csv',
  'results.json',
  'grid.png',
];

/** Steps of the EDM sampler at which the grid shows the teacher. */
const SHOWN_STEPS = [1, 18];

/** Writes all files; the results come last: their presence marks completion. */
export async function writePaper(
  comparison: CellComparison,
  results: PaperResults,
  cells: readonly MeasuredCell[],
  options: Record<string, unknown>,
): Promise<void> {
  const { outdir } = comparison.options;
  const file = (name: string) => join(outdir, name);
  const json = `${JSON.stringify(results, null, 2)}\n`;
  if ((await readFile(file('results.json'), 'utf8').catch(() => null)) === json) return;
  comparison.line.update('writing the grid and the report');
  const gridPng = await sampleGrid(comparison, gridRows(cells));
  const [pictures, time, teacher] = [equalPicturesTable(results), equalTimeTable(results), teacherTable(results)];
  const contents: Record<string, string | Uint8Array> = {
    'grid.png': gridPng,
    'table.md': renderPaperMarkdown(results),
    'table.tex': renderPaperLatex(results),
    'equal-pictures.csv': csvTable(pictures),
    'equal-time.csv': csvTable(time),
    'teacher.csv': csvTable(teacher),
    'curves.csv': renderCurves(results),
    'report.html': renderPaper(results, {
      cells,
      grid: { png: gridPng, prompts: gridPrompts(comparison) },
      options,
      outdir,
    }),
    'results.json': json,
  };
  for (const [name, content] of Object.entries(contents)) await writeFileAtomically(file(name), content);
}

/** The tables in Markdown. */
export function renderPaperMarkdown(results: PaperResults): string {
  const tables = [equalPicturesTable(results), equalTimeTable(results), teacherTable(results)];
  return [
    ...tables.flatMap((table) => [table.caption, markdownTable(textTable(table))]),
    describeMeasurement(results),
    '',
  ].join('\n\n');
}

/** The tables in LaTeX, to be read by a document with `\input`. */
export function renderPaperLatex(results: PaperResults): string {
  const tables = [equalPicturesTable(results), equalTimeTable(results), teacherTable(results)].map(latexTable);
  return `% Needs \\usepackage{${LATEX_PACKAGES.join(',')}}.\n${tables.join('\n\n')}\n`;
}

/** The tables for a terminal of 80 columns: without some columns, and with standard errors of FID only. */
export function renderPaperText(results: PaperResults): string {
  const hidden = ['learns_from', 'memory_gb'];
  const tables = [equalPicturesTable(results), equalTimeTable(results), teacherTable(results)].map((table) => {
    const shown = table.columns.flatMap(({ key }, i) => (hidden.includes(key) ? [] : [i]));
    const columns = shown.map((i) => table.columns[i]!);
    const rows = table.rows.map((row) =>
      shown.map((i) => (table.columns[i]!.key === 'fid' ? row[i]! : withoutError(row[i]!))),
    );
    return { ...table, columns, rows };
  });
  return tables.map((table) => `${wrap(table.caption)}\n\n${plainTable(textTable(table))}\n`).join('\n');
}

function withoutError(cell: FigureCell): FigureCell {
  return cell === null || typeof cell !== 'object' ? cell : { ...cell, error: null };
}

/** Breaks text into lines of at most 80 characters. */
function wrap(text: string): string {
  return text.replace(/(.{1,80})(?: |$)/g, '$1\n').trimEnd();
}

/** Every measurement, one a line. */
function renderCurves({ points }: PaperResults): string {
  const head = ['method', 'seed', 'calls', 'kimg', 'seconds', 'fid', 'is', 'precision', 'recall'] as const;
  return csv(
    head,
    points.map((point) => head.map((name) => point[name])),
  );
}

/** The teacher, and the last student of each method with the first seed. */
function gridRows(cells: readonly MeasuredCell[]): GridRow[] {
  const [first] = cells;
  const students = cells.filter(({ cell }) => cell.seed === first!.cell.seed);
  return [
    ...SHOWN_STEPS.map((steps) => ({
      label: `teacher, ${2 * steps - 1} ${steps === 1 ? 'call' : 'calls'}`,
      source: steps,
    })),
    ...students.map(({ cell, record }) => ({
      label: cell.method,
      source: join(cell.folder, record.moments.at(-1)!.snapshot!),
    })),
  ];
}
