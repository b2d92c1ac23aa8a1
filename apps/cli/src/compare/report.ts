import { escapeHtml } from '../report/escape-html.js';
import { lineChart } from '../report/line-chart.js';
import { dataUrl, optionsDetails, renderPage } from '../report/page.js';
import { htmlTable, markdownTable } from '../report/table.js';
import { formatNumber } from '../terminal/format.js';
import { rowsByMethod, teacherRowsOf, type Results } from './results.js';
import { curveTable, finalTable, measuredWith } from './tables.js';

/** The tables of a comparison in Markdown. */
export function renderMarkdown(results: Results): string {
  return [markdownTable(finalTable(results)), markdownTable(curveTable(results)), measuredWith(results), ''].join(
    '\n\n',
  );
}

/** The report: plot, tables and images on one self-contained page. */
export function renderComparison(results: Results, gridPng: Uint8Array, options: Record<string, unknown>): string {
  const methods = rowsByMethod(results);
  const chart = lineChart(
    methods.map(([name, rows]) => ({ name, points: rows.map(({ kimg, fid }) => ({ x: kimg!, y: fid })) })),
    teacherRowsOf(results).map(({ nfe, fid }) => ({ label: `teacher, NFE ${nfe}: ${formatNumber(fid)}`, y: fid })),
    { x: 'kimg (thousand generated images)', y: 'FID' },
  );
  return renderPage(
    'onestep: methods of distillation compared',
    `<h1>${methods.length} ways to <em>one</em> network evaluation</h1>
<p class="lead">The same teacher, the same ${formatNumber(results.kimg)} thousand generated images in batches of ${results.batch}, and no
training image: what each method makes of them.</p>
<section>
<h2>FID while training</h2>
<figure>${chart}</figure>
<p class="fine">${escapeHtml(measuredWith(results))}</p>
<div class="wide">${htmlTable(curveTable(results))}</div>
</section>
<section>
<h2>In the end</h2>
<div class="wide">${htmlTable(finalTable(results))}</div>
</section>
<section>
<h2>The images</h2>
<figure><img alt="Samples of the teacher and of each method, one row each, the same classes and seeds" src="${dataUrl(gridPng)}"></figure>
<p>Each row is one origin. Images below one another have the same class and the same seed.</p>
</section>
<section>
${optionsDetails(options)}
</section>`,
  );
}
