import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodePngSamples } from '@onestep/datasets';
import type { RecordedTick } from '@onestep/diffusion-core/node';
import { describeRun, type RunDescription } from '../runs/describe-run.js';
import { lastMean, readTicks } from '../runs/read-ticks.js';
import { formatBytes, formatDuration, formatNumber } from '../terminal/format.js';
import { cutText, printable, shortenText } from '../terminal/text-width.js';
import { brailleChart } from './braille-chart.js';
import { sixelPicture } from './sixel-picture.js';
import { halfBlocks, kittyPicture, type PictureProtocol } from './terminal-picture.js';

/** Size of a terminal, and what pictures it can show. */
export interface Screen {
  columns: number;
  lines: number;
  pictures: PictureProtocol | 'none';
}

const CHART_LINES = 4;
/** Pixels of a character, at least: terminals do not say it. */
const CELL = { width: 8, height: 16 };
/** Curves that say most come first. */
const FIRST = [/^Metrics\//, /^Learning_signal$/, /^(Score_gap|Path_distance|Teacher_distance)$/, /loss/i];
/** What is no curve. */
const NO_CURVE = /^(Progress|Timing|Resources)\//;

/** What a run looks like at this moment: a line about it, curves, and its newest pictures. @returns lines of at most `columns` */
export async function viewRun(folder: string, screen: Screen): Promise<string[]> {
  const ticks = readTicks(folder);
  const header = headLines(await describeRun(folder), ticks).map((line) => shortenText(line, screen.columns));
  const picture = screen.pictures === 'none' ? null : await newestPicture(folder);
  const room = screen.lines - header.length - 1;
  const forCurves = picture === null ? room : Math.ceil(room / 2);
  const curves = curveLines(ticks, screen.columns, Math.max(1, Math.floor(forCurves / (CHART_LINES + 1))));
  const left = room - curves.length - 2;
  if (picture === null || left < 4) return [...header, ...curves];
  return [...header, ...curves, picture.name, ...pictureLines(picture.png, screen, left)];
}

function headLines({ path, what, kimg, totalKimg, fid, state, bytes }: RunDescription, ticks: readonly RecordedTick[]) {
  const seconds = lastMean(ticks, 'Timing/total_sec');
  const perKimg = lastMean(ticks, 'Timing/sec_per_kimg');
  const left = perKimg === null || kimg === null || totalKimg === null ? null : perKimg * (totalKimg - kimg);
  const parts = [
    state,
    kimg === null
      ? 'no tick yet'
      : `${formatNumber(kimg)}${totalKimg === null ? '' : ` of ${formatNumber(totalKimg)}`} kimg`,
    ...(seconds === null ? [] : [formatDuration(seconds)]),
    ...(state === 'running' && left !== null ? [`${formatDuration(left)} left`] : []),
    ...(fid === null ? [] : [`${fid.name} ${formatNumber(fid.value)}`]),
    formatBytes(bytes),
  ];
  return [printable(`${what}: ${path}`), parts.join('  ')];
}

/** The curves that there is room for, each with its name, last value and range. */
function curveLines(ticks: readonly RecordedTick[], columns: number, most: number): string[] {
  const names = [...new Set(ticks.flatMap((tick) => Object.keys(tick)))].filter(
    (name) => name !== 'timestamp' && !NO_CURVE.test(name),
  );
  const rank = (name: string) =>
    (FIRST.findIndex((pattern) => pattern.test(name)) + FIRST.length + 1) % (FIRST.length + 1);
  const chosen = names.sort((a, b) => rank(a) - rank(b) || a.localeCompare(b)).slice(0, most);
  return chosen.flatMap((name) => {
    const points = ticks.flatMap((tick) => {
      const [x, y] = [tick['Progress/kimg']?.mean, tick[name]?.mean];
      return typeof x === 'number' && typeof y === 'number' ? [{ x, y }] : [];
    });
    if (points.length === 0) return [];
    const values = points.map(({ y }) => y);
    const [low, high] = [Math.min(...values), Math.max(...values)].map(formatNumber);
    const title = `${name} ${formatNumber(values.at(-1)!)}  (${low} to ${high})`;
    return [cutText(title, columns), ...brailleChart(points, Math.min(columns, 80), CHART_LINES)];
  });
}

async function newestPicture(folder: string): Promise<{ name: string; png: Uint8Array } | null> {
  const names = (await readdir(folder)).filter((name) => /^fakes(\d+|_init)\.png$/.test(name));
  const kimg = (name: string) => Number(/\d+/.exec(name)?.[0] ?? -1);
  const name = names.sort((a, b) => kimg(b) - kimg(a))[0];
  return name === undefined ? null : { name, png: await readFile(join(folder, name)) };
}

function pictureLines(png: Uint8Array, { columns, pictures }: Screen, lines: number): string[] {
  const pixels = decodePngSamples(png, 'the pictures of the run');
  if (pictures === 'blocks' || pictures === 'blocks-256')
    return halfBlocks(pixels, columns, lines, pictures === 'blocks');
  if (pictures === 'sixel') return [sixelPicture(pixels, columns * CELL.width, lines * CELL.height)];
  // A character is about twice as high as it is wide.
  const wide = Math.min(columns, Math.floor((2 * lines * pixels.width) / pixels.height));
  const high = Math.max(1, Math.round((wide * pixels.height) / pixels.width / 2));
  return [kittyPicture(png, wide, high), ...new Array<string>(high).fill('')];
}
