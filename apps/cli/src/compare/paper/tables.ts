import { SAMPLERS } from '@onestep/diffusion-core';
import { FIGURE_NAMES, FIGURE_TITLES } from '../cells/figures.js';
import type { FigureCell, FigureColumn, FigureTable } from '../../reports/figure-table.js';
import { formatDuration, formatNumber } from '../../terminal/format.js';
import type { CurveAxis } from './curve.js';
import type { MethodRow } from './method-rows.js';
import type { PaperResults } from './results.js';

const FIGURE_COLUMNS: readonly FigureColumn[] = FIGURE_NAMES.map((key) => ({
  key,
  title: FIGURE_TITLES[key],
  better: key === 'fid' ? 'lower' : 'higher',
}));

const COMMON: readonly FigureColumn[] = [
  { key: 'method', title: 'method' },
  { key: 'learns_from', title: 'learns from' },
  { key: 'calls', title: 'calls' },
];

/** Each method after the same number of pictures, with its speed and its memory. */
export function equalPicturesTable({ equalPictures, cuts, ...results }: PaperResults): FigureTable {
  return {
    label: 'tab:equal-pictures',
    caption: joinSentences(
      'Equal pictures.',
      cuts.notes.kimg,
      describeSpread(results),
      unmeasured(equalPictures, 'kimg', { ...results, cuts }),
    ),
    columns: [
      ...COMMON,
      ...FIGURE_COLUMNS,
      { key: 'seconds_per_kimg', title: 's/kimg' },
      { key: 'memory_gb', title: 'memory, GB' },
      ...seedColumn(equalPictures, results),
    ],
    rows: equalPictures.map((row) => [
      ...nameCells(row),
      ...FIGURE_NAMES.map((name) => row[name]),
      row.secondsPerKimg,
      row.memory === null ? null : row.memory / 1e9,
      ...seedColumn(equalPictures, results).map(() => row.fid?.count ?? 0),
    ]),
  };
}

/** Each method after the same time of training. */
export function equalTimeTable({ equalTime, cuts, ...results }: PaperResults): FigureTable {
  return {
    label: 'tab:equal-time',
    caption: joinSentences(
      'Equal time.',
      cuts.notes.seconds,
      describeSpread(results),
      unmeasured(equalTime, 'seconds', { ...results, cuts }),
    ),
    columns: [...COMMON, { key: 'kimg', title: 'kimg' }, ...FIGURE_COLUMNS, ...seedColumn(equalTime, results)],
    rows: equalTime.map((row) => [
      ...nameCells(row),
      row.kimg,
      ...FIGURE_NAMES.map((name) => row[name]),
      ...seedColumn(equalTime, results).map(() => row.fid?.count ?? 0),
    ]),
  };
}

/** The teacher with each sampler and number of network calls. */
export function teacherTable({ teacherRows, guidance }: PaperResults): FigureTable {
  return {
    label: 'tab:teacher',
    caption:
      'The teacher with samplers, on the noise levels of Karras et al. 2022. DDIM is Euler’s method there: the same images.' +
      (guidance === null ? '' : ` Guidance ${guidance}, with two calls for each evaluation.`),
    columns: [{ key: 'sampler', title: 'sampler' }, { key: 'calls', title: 'calls' }, ...FIGURE_COLUMNS],
    rows: teacherRows.map((row) => [SAMPLERS[row.sampler].title, row.calls, ...FIGURE_NAMES.map((name) => row[name])]),
  };
}

/** How the figures were measured, in some sentences. */
export function describeMeasurement({ measured, batch, guidance }: PaperResults): string {
  const { detector, images, reference, remarks } = measured;
  return [
    `Figures of ${images.toLocaleString('en')} generated images with the detector ${detector}, against ${reference}. They cannot be ` +
      'compared with figures of another detector or number of images. Precision and recall: third nearest neighbor, up to 10,000 ' +
      `real images. Time is that of training steps of ${batch} images, and of making the pairs that a method learns; measuring, pictures ` +
      'and saving do not count. Memory is the largest resident memory of a training process.',
    ...(guidance === null ? [] : [`All methods distill the teacher with guidance ${guidance}.`]),
    ...remarks,
  ].join(' ');
}

function describeSpread({ seeds }: Pick<PaperResults, 'seeds'>): string {
  return seeds.length === 1 ? 'One seed.' : `Mean and standard error over ${seeds.length} seeds.`;
}

/** The number of seeds, where a row has fewer than there are: trainings that failed, or were not measured that early. */
function seedColumn(rows: readonly MethodRow[], { seeds }: Pick<PaperResults, 'seeds'>): FigureColumn[] {
  return rows.every(({ fid }) => fid?.count === seeds.length) ? [] : [{ key: 'seeds', title: 'seeds' }];
}

/** Why rows have no figures, one sentence for each method; empty if all have some. */
function unmeasured(
  rows: readonly MethodRow[],
  axis: CurveAxis,
  { points, cuts }: Pick<PaperResults, 'points' | 'cuts'>,
): string {
  const empty = rows.filter(({ fid, calls }) => fid === null && calls === 1);
  const reasons = empty.map(({ method, needs }) => {
    const own = points.filter((point) => point.method === method && point.calls === 1);
    const first = Math.min(...own.map((point) => point[axis]));
    if (own.length === 0 || first <= cuts[axis]) return `${method} has no figures there: its pictures are not finite.`;
    const pairs = axis === 'seconds' && needs.includes('pairs') ? ', with the time that its pairs took' : '';
    const when = axis === 'seconds' ? formatDuration(first) : `${formatNumber(first)} kimg`;
    return `${method} has no figures there: it was first measured after ${when}${pairs}.`;
  });
  return reasons.join(' ');
}

function joinSentences(...sentences: readonly string[]): string {
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function nameCells({ method, needs, calls }: MethodRow): FigureCell[] {
  const what = needs.includes('images') ? 'real images' : needs.includes('pairs') ? 'pairs' : 'the teacher';
  return [method, what, calls];
}
