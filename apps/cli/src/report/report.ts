import type { Summary } from '../quickstart/summary.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { escapeHtml } from './escape-html.js';
import { lineChart } from './line-chart.js';
import { dataUrl, optionsDetails, renderPage } from './page.js';

/** What a report shows beside the figures. */
export interface ReportContent {
  summary: Summary;
  /** The comparison grid, as a PNG file's bytes. */
  gridPng: Uint8Array;
  /** Student samples during training: kimg and a PNG file's bytes, in order. */
  progressPngs: { kimg: number; fid: number; png: Uint8Array }[];
  /** Commands a reader can go on with, each with what it does. */
  nextSteps: { what: string; command: string }[];
  /** Options of the run, shown as they were used. */
  options: Record<string, unknown>;
}

/** Renders one self-contained HTML page: no scripts, no files beside it. */
export function renderReport({ summary, gridPng, progressPngs, nextSteps, options }: ReportContent): string {
  const { fid, nfe, images_per_second: speed } = summary;
  const factor = fid.student_before / fid.student_after;
  const cards = [
    ['FID, one step, before', formatNumber(fid.student_before), `${nfe.student} network evaluation`],
    ['FID, one step, after', formatNumber(fid.student_after), `${formatNumber(factor)} times lower`],
    ['FID, teacher', formatNumber(fid.teacher), `${nfe.teacher} network evaluations`],
    [
      'Images per second',
      formatNumber(speed.student),
      `${formatNumber(speed.student / speed.teacher)} times the teacher's`,
    ],
  ].map(([name, value, note]) => `<div class="card"><h3>${name}</h3><p class="value">${value}</p><p>${note}</p></div>`);
  const chart = lineChart(
    [{ name: 'student', points: summary.curve.map(({ kimg, fid: y }) => ({ x: kimg, y })) }],
    [{ label: `teacher, ${nfe.teacher} evaluations: ${formatNumber(fid.teacher)}`, y: fid.teacher }],
    { x: 'kimg (thousand generated images)', y: 'FID' },
  );
  const timings: [string, string][] = [
    ['Whole run', formatDuration(summary.seconds)],
    ['Training', `${formatDuration(summary.training_seconds)} for ${formatNumber(summary.kimg)} kimg`],
    ['Per thousand images', `${formatNumber(summary.training_seconds / summary.kimg)} s`],
    ['Student, images per second', formatNumber(speed.student)],
    ['Teacher, images per second', formatNumber(speed.teacher)],
    ['Machine', summary.machine],
  ];
  return renderPage(
    `onestep: ${nfe.teacher} network evaluations to one`,
    `<h1>${nfe.teacher} network evaluations, distilled to <em>one</em></h1>
<p class="lead">A pretrained EDM diffusion model became a one-step generator by Diff-Instruct,
in ${formatDuration(summary.training_seconds)} of training and without a single training image.</p>
<section class="cards">${cards.join('\n')}</section>
<section>
<h2>The images</h2>
<figure><img alt="Teacher and student samples, one row per class, same classes side by side" src="${dataUrl(gridPng)}"></figure>
<p>Each row is one class. The student's images before and after come from the same latents.</p>
</section>
<section>
<h2>FID while training</h2>
<figure>${chart}</figure>
<p class="fine">FID with the detector <code>${escapeHtml(summary.detector)}</code> on ${summary.num_images.toLocaleString('en')} generated
images, against ${escapeHtml(summary.reference)}; the teacher's on ${summary.teacher_num_images.toLocaleString('en')}. It compares with no FID that was
measured with another detector. Inception score with the same detector: ${formatNumber(summary.inception_score.student_before)} before,
${formatNumber(summary.inception_score.student_after)} after, teacher ${formatNumber(summary.inception_score.teacher)}.</p>
<div class="strip">${progressPngs
      .map(
        ({ kimg, fid: value, png }) =>
          `<figure><img alt="Student samples after ${formatNumber(kimg)} kimg" src="${dataUrl(png)}"><figcaption>${formatNumber(kimg)} kimg<br>FID ${formatNumber(value)}</figcaption></figure>`,
      )
      .join('\n')}</div>
</section>
<section>
<h2>Timings</h2>
<table>${timings.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`).join('\n')}</table>
</section>
<section>
<h2>How to go on</h2>
${nextSteps.map(({ what, command }) => `<p>${escapeHtml(what)}</p>\n<pre><code>${escapeHtml(command)}</code></pre>`).join('\n')}
</section>
<section>
${optionsDetails(options)}
</section>`,
  );
}
