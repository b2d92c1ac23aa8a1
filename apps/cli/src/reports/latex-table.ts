import { cellText, spreadParts, type FigureCell, type FigureTable } from './figure-table.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': "''",
  '±': '$\\pm$',
  '–': '--',
};

/** Escapes text for LaTeX, on one line. */
export function escapeLatex(text: string): string {
  return text.replace(/[\\{}$&#%_^~<>|"±–]/g, (character) => ESCAPES[character]!).replace(/\s+/g, ' ');
}

/** Renders a table in LaTeX. It needs the package booktabs. */
export function latexTable({ label, caption, columns, rows }: FigureTable): string {
  const arrows = { lower: ' $\\downarrow$', higher: ' $\\uparrow$' };
  const head = columns.map(({ title, better }) => escapeLatex(title) + (better === undefined ? '' : arrows[better]));
  const line = (cells: readonly string[]) => `    ${cells.join(' & ')} \\\\`;
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(caption)}}`,
    `  \\label{${label}}`,
    `  \\begin{tabular}{l${'r'.repeat(columns.length - 1)}}`,
    '    \\toprule',
    line(head),
    '    \\midrule',
    ...rows.map((row) => line(row.map(latexCell))),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
  ].join('\n');
}

function latexCell(cell: FigureCell): string {
  if (cell === null || typeof cell !== 'object') return escapeLatex(cellText(cell));
  const { mean, error } = spreadParts(cell);
  return error === null ? `$${mean}$` : `$${mean} \\pm ${error}$`;
}
