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

/** The packages that {@link latexTable} needs. */
export const LATEX_PACKAGES: readonly string[] = ['booktabs', 'graphicx'];

/** Renders a table in LaTeX. One that is wider than the text is scaled down to it. */
export function latexTable({ label, caption, columns, rows }: FigureTable): string {
  const arrows = { lower: ' $\\downarrow$', higher: ' $\\uparrow$' };
  const head = columns.map(({ title, better }) => escapeLatex(title) + (better === undefined ? '' : arrows[better]));
  // After the end of a line, a bracket or an asterisk would be taken for its argument.
  const line = (cells: readonly string[]) => `      ${cells.join(' & ').replace(/^(?=[[*])/, '{}')} \\\\`;
  const alignment = columns.map((_, i) => (rows.every((row) => typeof row[i] === 'string') ? 'l' : 'r')).join('');
  return [
    '\\begin{table}',
    '  \\centering',
    `  \\caption{${escapeLatex(caption)}}`,
    `  \\label{${label}}`,
    '  \\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%',
    `    \\begin{tabular}{${alignment}}`,
    '      \\toprule',
    line(head),
    '      \\midrule',
    ...rows.map((row) => line(row.map(latexCell))),
    '      \\bottomrule',
    '    \\end{tabular}%',
    '  }',
    '\\end{table}',
  ].join('\n');
}

function latexCell(cell: FigureCell): string {
  if (cell === null || typeof cell === 'string') return escapeLatex(cellText(cell));
  if (typeof cell === 'number') return `$${mathFigure(cellText(cell))}$`;
  const { mean, error } = spreadParts(cell);
  return error === null ? `$${mathFigure(mean)}$` : `$${mathFigure(mean)} \\pm ${mathFigure(error)}$`;
}

/** A number in math mode: `1.5 \times 10^{-5}` for `1.5e-5`. */
function mathFigure(text: string): string {
  if (!/^-?\d/.test(text)) return `\\mathrm{${text}}`;
  const [digits, exponent] = text.split('e');
  return exponent === undefined ? text : `${digits} \\times 10^{${Number(exponent)}}`;
}
