import { lineChart } from '../reports/line-chart.js';
import { captionList, dataUrl, escapeHtml, optionsDetails, renderPage } from '../reports/page.js';
import { htmlTable, markdownTable } from '../reports/table.js';
import { formatNumber } from '../terminal/format.js';
import { rowsByMethod, teacherRowsOf, type Results } from './results.js';
import { curveTable, finalTable, measuredWith } from './tables.js';

/** The samples of a report. */
export interface ShownGrid {
  png: Uint8Array;
  /** The prompt of each column; none for a teacher that takes no captions. */
  prompts: readonly string[];
}

/** Renders the tables of a comparison in Markdown. */
export function renderMarkdown(results: Results): string {
  return [markdownTable(finalTable(results)), markdownTable(curveTable(results)), measuredWith(results), ''].join(
    '\n\n',
  );
}

/** Renders the report: plot, tables and samples on one self-contained HTML page. */
export function renderComparison(results: Results, grid: ShownGrid, options: Record<string, unknown>): string {
  const methods = rowsByMethod(results);
  const chart = lineChart(
    methods.map(([name, rows]) => ({ name, points: rows.map(({ kimg, fid }) => ({ x: kimg!, y: fid })) })),
    teacherRowsOf(results).map(({ nfe, fid }) => ({ label: `teacher, NFE ${nfe}: ${formatNumber(fid)}`, y: fid })),
    { x: 'kimg (thousands of generated images)', y: 'FID' },
  );
  return renderPage(
    'onestep: a comparison of distillation methods',
    `<h1>${methods.length} ways to <em>one</em> network evaluation</h1>
<p class="lead">Each method distills the same teacher on ${formatNumber(results.kimg)} thousand generated images in batches of
${results.batch}${methods.some(([, rows]) => rows[0]!.needs.includes('images')) ? '' : ', without training images'}.</p>
<section>
<h2>FID during training</h2>
<figure>${chart}</figure>
<p class="fine">${escapeHtml(measuredWith(results))}</p>
<div class="wide">${htmlTable(curveTable(results))}</div>
</section>
<section>
<h2>Final figures</h2>
<div class="wide">${htmlTable(finalTable(results))}</div>
</section>
<section>
<h2>Samples</h2>
<figure><img alt="Samples of the teacher and of each method, one row each, with the same classes and seeds" src="${dataUrl(grid.png)}"></figure>
<p>One row per teacher setting and method. All images in a column have the same class or prompt, and the same seed. NFE is the number of
network evaluations per image.</p>
${captionList(grid.prompts, 'Columns, from the left')}
</section>
<section>
${optionsDetails(options)}
</section>`,
  );
}
