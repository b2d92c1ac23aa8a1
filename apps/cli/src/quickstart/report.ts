import { dataUrl, escapeHtml, optionsDetails, renderPage } from '../reports/page.js';
import { lineChart } from '../reports/line-chart.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { METHOD } from './settings.js';
import type { Summary } from './summary.js';

/** Contents of the report. */
export interface ReportContents {
  summary: Summary;
  /** The comparison grid, as a PNG file. */
  gridPng: Uint8Array;
  /** Samples of the student before and during training, as PNG files, in order. */
  progressPngs: { kimg: number; fid: number; png: Uint8Array }[];
  /** Options of the run, as they are recorded. */
  options: Record<string, unknown>;
  /** The run folder. */
  folder: string;
}

/** Renders the report as one self-contained HTML page. */
export function renderReport({ summary, gridPng, progressPngs, options, folder }: ReportContents): string {
  const { fid, nfe, images_per_second: speed } = summary;
  const cards = [
    ['FID before, one step', formatNumber(fid.student_before), `${nfe.student} network evaluation`],
    [
      'FID after, one step',
      formatNumber(fid.student_after),
      `${formatNumber(fid.student_before / fid.student_after)} times lower`,
    ],
    ['FID of the teacher', formatNumber(fid.teacher), `${nfe.teacher} network evaluations`],
    [
      'Images per second',
      formatNumber(speed.student),
      `${formatNumber(speed.student / speed.teacher)} times as many as the teacher`,
    ],
  ].map(([name, value, note]) => `<div class="card"><h3>${name}</h3><p class="value">${value}</p><p>${note}</p></div>`);
  const chart = lineChart(
    [{ name: 'student', points: summary.curve.map(({ kimg, fid: y }) => ({ x: kimg, y })) }],
    [{ label: `teacher, ${nfe.teacher} evaluations: ${formatNumber(fid.teacher)}`, y: fid.teacher }],
    { x: 'kimg (thousands of generated images)', y: 'FID' },
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
<p class="lead">${METHOD.title} turned a pretrained EDM diffusion model into a one-step generator
in ${formatDuration(summary.training_seconds)} of training, without a single training image.</p>
<section class="cards">${cards.join('\n')}</section>
<section>
<h2>Samples</h2>
<figure><img alt="Samples of the teacher and of the student before and after training, one row per class" src="${dataUrl(gridPng)}"></figure>
<p>Each row shows one class. The student's images before and after training come from the same latents. NFE is the number of
network evaluations per image.</p>
</section>
<section>
<h2>FID during training</h2>
<figure>${chart}</figure>
<p class="fine">${measuredWith(summary)}</p>
<div class="strip">${progressPngs.map(progressFigure).join('\n')}</div>
</section>
<section>
<h2>Timings</h2>
<table>${timings.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(value)}</td></tr>`).join('\n')}</table>
</section>
<section>
<h2>Next steps</h2>
${nextSteps(folder, String(options.teacher))
  .map(([text, command]) => `<p>${escapeHtml(text)}</p>\n<pre><code>${escapeHtml(command)}</code></pre>`)
  .join('\n')}
</section>
<section>
${optionsDetails(options)}
</section>`,
  );
}

function measuredWith({ detector, reference, num_images, teacher_num_images, inception_score: is }: Summary): string {
  const count = (images: number) => images.toLocaleString('en');
  const ofTeacher = teacher_num_images === num_images ? '' : ` (the teacher's on ${count(teacher_num_images)})`;
  return (
    `FID is measured with the detector <code>${escapeHtml(detector)}</code> on ${count(num_images)} generated images${ofTeacher} ` +
    `against ${escapeHtml(reference)}. It cannot be compared with an FID of another detector. Inception Score with the same ` +
    `detector: ${formatNumber(is.student_before)} before, ${formatNumber(is.student_after)} after, ` +
    `${formatNumber(is.teacher)} for the teacher.`
  );
}

function progressFigure({ kimg, fid, png }: ReportContents['progressPngs'][number]): string {
  const when = `${formatNumber(kimg)} kimg`;
  return (
    `<figure><img alt="Samples of the student after ${when}" src="${dataUrl(png)}">` +
    `<figcaption>${when}<br>FID ${formatNumber(fid)}</figcaption></figure>`
  );
}

/** What a reader can do next: a sentence and a command each, with paths as they would be typed. */
function nextSteps(folder: string, teacher: string): [string, string][] {
  return [
    [
      'Generate a thousand images with the new student, with one network evaluation each:',
      `npm run onestep -- generate --network ${folder}/student.safetensors --outdir out --seeds 0-999`,
    ],
    [
      'Distill for longer, with the settings of the student that comes with the program. Ctrl-C stops, --resume continues:',
      `npm run onestep -- distill ${METHOD.name} --edm-model ${teacher} --outdir runs ${METHOD.shippedOptions} ` +
        '--tick 10 --snap 1 --dump 1 --metrics fid5k_full',
    ],
    [
      'Train your own teacher on an idx file in the format of MNIST:',
      'npm run onestep -- dataset convert --source train-images-idx3-ubyte.gz --dest data.zip\n' +
        'npm run onestep -- edm train --data data.zip --cond 1 --outdir runs --cbase 16 --cres 1,1,2,4 --blocks 1 --attn 8 ' +
        '--batch 64 --lr 2e-3 --lr-ramp 10 --ema 0.05 --dropout 0 --duration 1 --tick 10',
    ],
  ];
}
