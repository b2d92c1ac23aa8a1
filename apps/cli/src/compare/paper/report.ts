import { relative } from 'node:path';
import { SAMPLERS, type SamplerName } from '@onestep/diffusion-core';
import { FIGURE_TITLES, type Figures } from '../cells/figures.js';
import { textTable, type FigureTable } from '../../reports/figure-table.js';
import { lineChart, type Axes, type Series } from '../../reports/line-chart.js';
import { captionList, dataUrl, escapeHtml, optionsDetails, renderPage } from '../../reports/page.js';
import { htmlTable } from '../../reports/table.js';
import type { CurveAxis } from './curve.js';
import { meanCurve } from './mean-curve.js';
import type { MeasuredCell } from './measured-cell.js';
import type { ShownGrid } from '../report.js';
import type { PaperResults } from './results.js';
import { describeMeasurement, equalPicturesTable, equalTimeTable, teacherTable } from './tables.js';

const AXIS_TITLES: Readonly<Record<CurveAxis, string>> = {
  kimg: 'kimg (thousands of images)',
  seconds: 'seconds of training',
};

/** What the page shows besides the results. */
export interface PageParts {
  cells: readonly MeasuredCell[];
  grid: ShownGrid;
  options: Record<string, unknown>;
  /** Folder of the page. */
  outdir: string;
}

/** Renders the comparison on one page: tables, curves, samples, and the trainings behind them. */
export function renderPaper(results: PaperResults, { cells, grid, options, outdir }: PageParts): string {
  const { seeds, budget, teacherRows, failed, leftOut } = results;
  const methods = new Set(cells.map(({ cell }) => cell.method)).size;
  const chart = (figure: keyof Figures, axis: CurveAxis) =>
    figureChart(curvesOf(cells, figure, axis), {
      x: AXIS_TITLES[axis],
      y: FIGURE_TITLES[figure],
      logX: true,
      logY: figure === 'fid',
    });
  const quality = (['precision', 'recall'] as const).filter((name) => teacherRows.some((row) => row[name] !== null));
  return renderPage(
    'onestep: a comparison of distillation methods',
    [
      `<h1>${methods} ways to <em>few</em> network calls</h1>`,
      `<p class="lead">Each method distills the same teacher, ${seeds.length === 1 ? 'with one seed' : `with ${seeds.length} seeds`}, on a budget of
${escapeHtml(budget)}. Calls are network evaluations of one picture (NFE).</p>`,
      tableSection('Equal pictures', equalPicturesTable(results)),
      tableSection('Equal time', equalTimeTable(results)),
      `<p class="fine">${escapeHtml(describeMeasurement(results))}</p>`,
      section('FID over pictures', chart('fid', 'kimg') + '<p>Mean over seeds, with its standard error.</p>'),
      section('FID over time', chart('fid', 'seconds')),
      ...quality.map((name) => section(`${capitalize(FIGURE_TITLES[name])} over pictures`, chart(name, 'kimg'))),
      section(
        'The teacher',
        figureChart(teacherCurves(results), { x: 'network calls of a picture', y: 'FID', logX: true }) +
          tableHtml(teacherTable(results)),
      ),
      section(
        'Samples',
        `<figure><img alt="Samples of the teacher and of each method, one row each, with the same classes and seeds" src="${dataUrl(grid.png)}"></figure>
<p>Students of seed ${seeds[0]} at the end of their budget. All pictures in a column have the same class or prompt, and the same seed.</p>
${captionList(grid.prompts, 'Columns, from the left')}`,
      ),
      section(
        'Trainings',
        `${trainingList(cells, outdir)}${problems([...failed.map(({ message }) => message), ...leftOut])}`,
      ),
      `<section>${optionsDetails(options)}</section>`,
    ].join('\n'),
  );
}

function section(title: string, body: string): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${body}\n</section>`;
}

function tableSection(title: string, table: FigureTable): string {
  return section(title, `<p>${escapeHtml(table.caption.replace(`${title}. `, ''))}</p>${tableHtml(table)}`);
}

function tableHtml(table: FigureTable): string {
  return `<div class="wide">${htmlTable(textTable(table))}</div>`;
}

function figureChart(series: Series[], axes: Axes): string {
  return `<figure>${lineChart(series, [], axes)}</figure>`;
}

/** The mean curve of each method with one network call. */
function curvesOf(cells: readonly MeasuredCell[], figure: keyof Figures, axis: CurveAxis): Series[] {
  const names = [...new Set(cells.map(({ cell }) => cell.method))];
  return names.map((name) => {
    const curves = cells.filter(({ cell }) => cell.method === name).map((cell) => cell.curves.get(1) ?? []);
    const points = meanCurve(curves, axis).flatMap((point) => {
      const spread = point[figure];
      return spread === null ? [] : [{ x: point.position, y: spread.mean, error: spread.error }];
    });
    return { name, points };
  });
}

function teacherCurves({ teacherRows }: PaperResults): Series[] {
  const names = [...new Set(teacherRows.map(({ sampler }) => sampler))] as SamplerName[];
  return names.map((name) => ({
    name: SAMPLERS[name].title,
    points: teacherRows.filter(({ sampler }) => sampler === name).map(({ calls, fid }) => ({ x: calls, y: fid })),
  }));
}

function trainingList(cells: readonly MeasuredCell[], outdir: string): string {
  const links = cells.map(({ cell: { method, seed, folder } }) => {
    const href = `${relative(outdir, folder).split('\\').join('/')}/report.html`;
    return `<a href="${escapeHtml(encodeURI(href))}">${escapeHtml(`${method}, seed ${seed}`)}</a>`;
  });
  return `<p>Each is a run folder of its own, next to this page: ${links.join('; ')}.</p>`;
}

function problems(lines: readonly string[]): string {
  return lines.length === 0 ? '' : `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('\n')}</ul>`;
}

function capitalize(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
