import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { readTrainingOptions, type RecordedTick, type RunDirectory } from '@onestep/diffusion-core/node';
import { lineChart } from '../reports/line-chart.js';
import { captionList, dataUrl, escapeHtml, optionsDetails, renderPage } from '../reports/page.js';
import { htmlTable } from '../reports/table.js';
import { formatDuration } from '../terminal/format.js';
import { REAL_CAPTIONS, ROW_PROMPTS } from './sample-grids.js';
import { SIGNALS } from './signal-meter.js';
import { countNanLosses, formatAverage } from './tick-line.js';

/** Most pictures in the strip: of a longer run every second one is shown, and so on. */
const MOST_PICTURES = 12;

/** Arguments of {@link writeRunReport}. */
export interface RunReportArgs {
  /** The command's name, such as `edm train`. */
  command: string;
  run: RunDirectory;
  /** Statistics of progress lines, and their short names there. They get a chart if they are positive. */
  shown: Record<string, string>;
  /** What became of the run, in one or two sentences. */
  outcome: string;
}

/** A picture of the run's folder. */
interface Picture {
  title: string;
  png: Uint8Array;
}

/** Writes `report.html` from what is in the run's folder: statistics, pictures and options, in one page. */
export async function writeRunReport({ command, run, shown, outcome }: RunReportArgs): Promise<void> {
  const ticks = await run.readStats();
  const [pictures, reals] = await readPictures(run.path);
  const options = await readTrainingOptions(run.path);
  const title = `onestep ${command}: ${basename(run.path)}`;
  const body = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="lead">${escapeHtml(outcome)}</p>`,
    `<section class="cards">${cards(ticks).join('\n')}</section>`,
    ...signalSection(ticks),
    pictureSection(pictures, reals, await readCaptions(run.path)),
    ...chartSections(ticks, shown),
    ...timeSections(ticks),
    statisticsSection(ticks),
    `<section>${optionsDetails(options)}</section>`,
  ];
  await writeFileAtomically(join(run.path, 'report.html'), renderPage(title, body.join('\n')));
}

function cards(ticks: readonly RecordedTick[]): string[] {
  const last = (name: string) => ticks.findLast((tick) => tick[name] !== undefined)?.[name]?.mean ?? NaN;
  const nan = ticks.map(({ NaN_samples: samples }) => (samples?.mean ?? 0) * (samples?.num ?? 0));
  const total = Math.round(nan.reduce((a, b) => a + b, 0));
  const first = ticks[nan.findIndex((count) => count > 0)];
  const all: [string, string, string][] = [
    ['Trained', `${formatAverage(last('Progress/kimg'))} kimg`, 'thousand images'],
    ['Time', formatDuration(last('Timing/total_sec') || 0), `${formatAverage(last('Timing/sec_per_kimg'))} s per kimg`],
    ...(ticks.some((tick) => 'Learning_signal' in tick)
      ? [
          [
            'Learning signal',
            formatAverage(last('Learning_signal')),
            '1 at the start; it falls in a run that learns',
          ] as [string, string, string],
        ]
      : []),
    [
      'NaN samples',
      String(total),
      first === undefined
        ? noteOnLosses(ticks)
        : `first in the tick to ${formatAverage(first['Progress/kimg']!.mean ?? NaN)} kimg`,
    ],
  ];
  return all.map(
    ([name, value, note]) => `<div class="card"><h3>${name}</h3><p class="value">${value}</p><p>${note}</p></div>`,
  );
}

/** Where no sample was counted as NaN: whether a loss was, such as that of a network which counts none. */
function noteOnLosses(ticks: readonly RecordedTick[]): string {
  const count = ticks.map(countNanLosses).reduce((a, b) => a + b, 0);
  return count === 0 ? 'all samples were valid' : `in ${count} steps a loss was NaN`;
}

function signalSection(ticks: readonly RecordedTick[]): string[] {
  const first = ticks.find((tick) => 'Learning_signal' in tick);
  if (first === undefined) return [];
  const about = Object.entries(SIGNALS).find(([name]) => name in first)?.[1] ?? '';
  return [
    `<section>
<h2>Is it learning?</h2>
<figure>${chart(ticks, 'Learning_signal', 'learning signal', [{ label: 'start: 1', y: 1 }])}</figure>
<p>${escapeHtml(about)} Below 1 the student moves toward what the teacher knows. At 1 nothing moves, and above 1 it moves away: lower the learning rates. The signal is for the first ticks. It
says little about quality later, which pictures and metrics show.</p>
</section>`,
  ];
}

function chartSections(ticks: readonly RecordedTick[], shown: Record<string, string>): string[] {
  const metrics = [...new Set(ticks.flatMap((tick) => Object.keys(tick)))].filter((name) =>
    name.startsWith('Metrics/'),
  );
  return [...metrics, ...Object.keys(shown)].flatMap((name) => {
    const means = ticks.map((tick) => tick[name]?.mean ?? null).filter((mean) => mean !== null);
    // The axis is logarithmic: a loss that swings around 0 has no place on it.
    if (means.length < 2 || means.some((mean) => mean <= 0)) return [];
    return [`<section>\n<h2>${escapeHtml(name)}</h2>\n<figure>${chart(ticks, name, name, [])}</figure>\n</section>`];
  });
}

/** A chart for each statistic that a run has for parts of the time, such as `Relative_increment/t0.0-0.2`: a line for each. */
function timeSections(ticks: readonly RecordedTick[]): string[] {
  const names = [...new Set(ticks.flatMap((tick) => Object.keys(tick)))].sort();
  const parts = names.flatMap((name) => {
    const [, statistic, part] = /^(.+)\/(t[\d.]+-[\d.]+)$/.exec(name) ?? [];
    return statistic === undefined ? [] : [{ name, statistic, part: part! }];
  });
  if (ticks.length < 2) return [];
  return [...new Set(parts.map(({ statistic }) => statistic))].map((statistic) => {
    const own = parts.filter((each) => each.statistic === statistic);
    const series = own.map(({ name, part }) => ({ name: part, points: pointsOf(ticks, name) }));
    const drawn = lineChart(series, [], { x: 'kimg (thousands of images)', y: escapeHtml(statistic) });
    return `<section>\n<h2>${escapeHtml(statistic)}, by parts of the time</h2>\n<figure>${drawn}</figure>\n</section>`;
  });
}

function chart(
  ticks: readonly RecordedTick[],
  name: string,
  label: string,
  references: { label: string; y: number }[],
): string {
  return lineChart([{ name: label, points: pointsOf(ticks, name) }], references, {
    x: 'kimg (thousands of images)',
    y: escapeHtml(label),
  });
}

function pointsOf(ticks: readonly RecordedTick[], name: string): { x: number; y: number }[] {
  return ticks.flatMap((tick) =>
    tick[name] === undefined ? [] : [{ x: tick['Progress/kimg']!.mean ?? NaN, y: tick[name].mean ?? NaN }],
  );
}

/** What the pictures of a run show, in words. */
interface Captions {
  /** The prompt of each row; none without prompts. */
  rows: readonly string[];
  /** The captions of the real images, row by row; none without captions. */
  reals: readonly string[];
}

function pictureSection(pictures: readonly Picture[], reals: Picture | undefined, captions: Captions): string {
  const last = pictures.at(-1);
  if (last === undefined) return '';
  const figure = ({ title, png }: Picture) =>
    `<figure><img alt="Samples: ${escapeHtml(title)}" src="${dataUrl(png)}"><figcaption>${escapeHtml(title)}</figcaption></figure>`;
  return `<section>
<h2>Samples</h2>
${figure(last)}
<p>${aboutRows(captions)}</p>
${captionList(captions.rows, 'Rows, from the top')}
<div class="strip">${[...(reals === undefined ? [] : [reals]), ...thinOut(pictures)].map(figure).join('\n')}</div>
${captionList(captions.reals, 'Captions of the real images, row by row')}
</section>`;
}

function aboutRows({ rows }: Captions): string {
  return rows.length === 0
    ? 'The same seeds at every snapshot; with classes, each row is one class.'
    : 'The same seeds at every snapshot; each row is one prompt.';
}

function statisticsSection(ticks: readonly RecordedTick[]): string {
  const { timestamp: _, ...last } = ticks.at(-1) ?? {};
  const rows = Object.entries(last).map(([name, { num, mean, std, nan }]) => [
    name,
    ...[mean, std].map((value) => formatAverage(value ?? NaN)),
    String(num),
    String(nan ?? 0),
  ]);
  const head = ['', 'mean', 'deviation', 'samples', 'NaN'];
  return `<section>\n<h2>Statistics of the last tick</h2>\n<div class="wide">${htmlTable({ head, rows })}</div>\n</section>`;
}

/** The pictures in the order of the training, and that of real images. */
async function readPictures(folder: string): Promise<[Picture[], Picture | undefined]> {
  const names = (await readdir(folder)).filter((name) => /^(fakes.*|reals)\.png$/.test(name));
  const kimg = (name: string) => (name === 'fakes_init.png' ? -1 : Number(/(\d+)\.png$/.exec(name)?.[1] ?? NaN));
  const titleOf = (name: string) => (kimg(name) < 0 ? 'before training' : `${kimg(name)} kimg`);
  const read = async (name: string, title: string) => ({ title, png: await readFile(join(folder, name)) });
  const fakes = names.filter((name) => Number.isFinite(kimg(name))).sort((a, b) => kimg(a) - kimg(b));
  const pictures = await Promise.all(fakes.map((name) => read(name, titleOf(name))));
  return [pictures, names.includes('reals.png') ? await read('reals.png', 'real images') : undefined];
}

async function readCaptions(folder: string): Promise<Captions> {
  const read = async (name: string) => {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    return text === '' ? [] : text.replace(/\n$/, '').split('\n');
  };
  return { rows: await read(ROW_PROMPTS), reals: await read(REAL_CAPTIONS) };
}

function thinOut(pictures: readonly Picture[]): readonly Picture[] {
  const every = Math.ceil(pictures.length / MOST_PICTURES);
  return pictures.filter((_, i) => i % every === 0 || i === pictures.length - 1);
}
