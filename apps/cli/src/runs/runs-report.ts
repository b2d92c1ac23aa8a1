import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readTrainingOptions, type RecordedTick } from '@onestep/diffusion-core/node';
import { lineChart } from '../reports/line-chart.js';
import { dataUrl, escapeHtml, renderPage } from '../reports/page.js';
import { htmlTable } from '../reports/table.js';
import { formatBytes, formatNumber } from '../terminal/format.js';
import type { RunDescription } from './describe-run.js';
import { readTicks } from './read-ticks.js';

/** What is no result of a training, and parts of statistics, of which a run's own report has charts. */
const NO_CHART = /^(timestamp$|Progress\/|Timing\/|Resources\/|NaN_samples$)|\/t[\d.]+-[\d.]+$/;

/** A run with what its page shows of it. */
interface ShownRun extends RunDescription {
  ticks: readonly RecordedTick[];
  options: Readonly<Record<string, unknown>>;
  /** Its newest pictures. */
  png: Uint8Array | null;
}

/**
 * Renders several runs in one page: a table, what is wrong with damaged ones, the options in which they differ, a chart for every statistic
 * with a line for each run, and their newest pictures.
 *
 * @param described the runs, each once
 * @param options see {@link renderPage}
 */
export async function renderRuns(
  described: readonly RunDescription[],
  options: { reloads?: boolean } = {},
): Promise<string> {
  const runs = await Promise.all(described.map(openRun));
  const title = runs.length === 1 ? `onestep: ${runs[0]!.name}` : `onestep: ${runs.length} runs`;
  return renderPage(
    title,
    [
      `<h1>${escapeHtml(title)}</h1>`,
      `<section><div class="wide">${htmlTable(runsRows(runs))}</div></section>`,
      ...runs.flatMap(({ problem }) => (problem === null ? [] : `<p>${escapeHtml(problem)}</p>`)),
      ...differences(runs),
      ...chartNames(runs).map((name) => chart(runs, name)),
      pictures(runs),
    ].join('\n'),
    options,
  );
}

async function openRun(run: RunDescription): Promise<ShownRun> {
  if (run.problem !== null) return { ...run, ticks: [], options: {}, png: null };
  const { path } = run;
  const { command_line: typed } = (await readTrainingOptions(path)) ?? {};
  const names = (await readdir(path)).filter((name) => /^fakes\d+\.png$/.test(name)).sort();
  const newest = names.at(-1);
  return {
    ...run,
    ticks: readTicks(path),
    options: typeof typed === 'object' && typed !== null ? (typed as Record<string, unknown>) : {},
    png: newest === undefined ? null : await readFile(join(path, newest)),
  };
}

function runsRows(runs: readonly ShownRun[]) {
  return {
    head: ['run', 'what', 'kimg', 'last FID', 'state', 'size'],
    rows: runs.map(({ name, what, kimg, fid, state, bytes }) => [
      ...[name, what, kimg === null ? '-' : formatNumber(kimg)],
      ...[fid === null ? '-' : `${formatNumber(fid.value)} (${fid.name})`, state, formatBytes(bytes)],
    ]),
  };
}

/** A table of the options that are not the same in all runs. */
function differences(runs: readonly ShownRun[]): string[] {
  const text = (value: unknown) => (value === undefined ? '-' : JSON.stringify(value));
  const names = [...new Set(runs.flatMap(({ options }) => Object.keys(options)))];
  const differing = names.filter((name) => new Set(runs.map(({ options }) => text(options[name]))).size > 1);
  if (differing.length === 0) return [];
  const rows = differing.map((name) => [name, ...runs.map(({ options }) => text(options[name]))]);
  const table = htmlTable({ head: ['', ...runs.map(({ name }) => name)], rows });
  return [`<section>\n<h2>Options that differ</h2>\n<div class="wide">${table}</div>\n</section>`];
}

/** Statistics that can be compared: metrics, and what at least two of the runs that recorded something have, with two points in one of them. */
function chartNames(runs: readonly ShownRun[]): string[] {
  const names = [...new Set(runs.flatMap(({ ticks }) => ticks.flatMap((tick) => Object.keys(tick))))];
  const recorded = runs.filter(({ ticks }) => ticks.length > 0).length;
  const counts = (name: string) => runs.map((run) => pointsOf(run, name).length);
  const isShown = (name: string) =>
    !NO_CHART.test(name) &&
    Math.max(...counts(name)) > 1 &&
    (name.startsWith('Metrics/') || counts(name).filter((count) => count > 0).length >= Math.min(2, recorded));
  const isMetric = (name: string) => Number(!name.startsWith('Metrics/'));
  return names.filter(isShown).sort((a, b) => isMetric(a) - isMetric(b) || a.localeCompare(b));
}

function chart(runs: readonly ShownRun[], name: string): string {
  const series = runs
    .map((run) => ({ name: run.name, points: pointsOf(run, name) }))
    .filter(({ points }) => points.length > 0);
  const logY = series.every(({ points }) => points.every(({ y }) => y > 0));
  const drawn = lineChart(series, [], { x: 'kimg (thousands of images)', y: escapeHtml(name), logY });
  return `<section>\n<h2>${escapeHtml(name)}</h2>\n<figure>${drawn}</figure>\n</section>`;
}

function pointsOf({ ticks }: ShownRun, name: string): { x: number; y: number }[] {
  return ticks.flatMap((tick) => {
    const [x, y] = [tick['Progress/kimg']?.mean, tick[name]?.mean];
    return typeof x === 'number' && typeof y === 'number' ? [{ x, y }] : [];
  });
}

function pictures(runs: readonly ShownRun[]): string {
  const figures = runs.flatMap(({ name, kimg, png }) => {
    const title = escapeHtml(`${name}${kimg === null ? '' : `, ${formatNumber(kimg)} kimg`}`);
    return png === null
      ? []
      : [`<figure><img alt="Samples: ${title}" src="${dataUrl(png)}"><figcaption>${title}</figcaption></figure>`];
  });
  return figures.length === 0 ? '' : `<section>\n<h2>Newest samples</h2>\n${figures.join('\n')}\n</section>`;
}
