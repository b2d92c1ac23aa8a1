import { escapeHtml } from './page.js';

/** A point of a chart, in data units. */
export interface Point {
  x: number;
  y: number;
  /** Standard error of y, drawn as a bar. */
  error?: number | null;
}

/** A named line through points. */
export interface Series {
  name: string;
  points: readonly Point[];
}

/** A labeled horizontal line, such as the teacher's FID. */
export interface Reference {
  label: string;
  y: number;
}

const WIDTH = 720;
const HEIGHT = 320;
const LEFT = 56;
const RIGHT = 16;
const TOP = 16;
const BOTTOM = 44;
/** Width of a legend entry, and the distance by which overlapping labels are moved apart. */
const LABEL_WIDTH = 170;
const LABEL_HEIGHT = 14;
const LEGEND_HEIGHT = 20;
const LEGEND_COLUMNS = 4;

/** What the axes of a chart are like. */
export interface Axes {
  /** Labels, as HTML. */
  x: string;
  y: string;
  /** Whether equal factors have equal lengths on the x axis. Default: no. */
  logX?: boolean;
  /** Whether equal factors have equal heights on the y axis. Default: yes, because FID falls by factors. */
  logY?: boolean;
}

/** Number of colors; further series get them again, with dashes. */
const COLORS = 5;

/**
 * Renders a line chart. Several series get a legend. Points that are not numbers, or have no place on a logarithmic axis, are left out.
 *
 * @returns SVG markup for an HTML page
 */
export function lineChart(
  series: readonly Series[],
  references: readonly Reference[],
  { logX = false, logY = true, ...labels }: Axes,
): string {
  // A point that is not a number has no place: the line goes on after it.
  const drawn = series.map((one) => ({
    ...one,
    points: one.points.filter(({ x, y }) => Number.isFinite(x + y) && (!logX || x > 0)),
  }));
  const points = drawn.flatMap((one) => one.points);
  if (points.length === 0) return '<p>There are no numbers to draw.</p>';
  const vertical = verticalScale(
    [...points, ...references].map(({ y }) => y),
    logY,
  );
  const horizontal = horizontalScale(
    points.map(({ x }) => x),
    logX,
  );
  const px = (x: number) => LEFT + horizontal.share(x) * (WIDTH - LEFT - RIGHT);
  const py = (y: number) => TOP + (1 - vertical.share(y)) * (HEIGHT - TOP - BOTTOM);
  const grid = vertical.ticks.map(
    (y) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${y}</text>`,
  );
  const xTicks = horizontal.ticks.map(
    (x) => `<text x="${px(x).toFixed(1)}" y="${HEIGHT - BOTTOM + 18}" text-anchor="middle">${x}</text>`,
  );
  const insets = labelInsets(references.map(({ y }) => py(y)));
  const referenceLines = references.map(
    ({ label, y }, i) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}" class="reference"/>` +
      `<text x="${WIDTH - RIGHT - 4 - insets[i]!}" y="${(py(y) - 6).toFixed(1)}" text-anchor="end" class="reference-label">${escapeHtml(label)}</text>`,
  );
  const lines = drawn.map((one, index) => {
    const at = one.points.map(({ x, y }) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`);
    const dots = one.points.map(({ x, y, error }) => {
      const spread = error == null ? '' : ` ± ${error.toPrecision(2)}`;
      const title = escapeHtml(`${one.name}, ${x} ${labels.x}: ${y.toPrecision(4)}${spread}`);
      const bar = error == null ? '' : errorBar(px(x), py(y - error), py(y + error));
      return `${bar}<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="4"><title>${title}</title></circle>`;
    });
    return `<g class="${seriesClass(index)}"><path d="M${at.join(' L')}" class="line"/>${dots.join('')}</g>`;
  });
  const legend = series.length > 1 ? legendOf(series.map(({ name }) => name)) : [];
  const height = HEIGHT + (legend.length > 0 ? LEGEND_HEIGHT * Math.ceil(legend.length / LEGEND_COLUMNS) : 0);
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${labels.y} against ${labels.x}" class="chart">`,
    ...grid,
    ...xTicks,
    ...referenceLines,
    ...lines,
    ...legend,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${labels.x}</text>`,
    `<text x="14" y="${(TOP + HEIGHT - BOTTOM) / 2}" text-anchor="middle" transform="rotate(-90 14 ${(TOP + HEIGHT - BOTTOM) / 2})">${labels.y}</text>`,
    '</svg>',
  ].join('\n');
}

/** An axis: where a value is between its ends, from 0 to 1, and the numbers that are written on it. */
interface Scale {
  share(value: number): number;
  ticks: number[];
}

function verticalScale(values: readonly number[], isLog: boolean): Scale {
  if (!isLog) return linearScale(Math.max(...values) > 0 ? Math.max(...values) * 1.05 : 1);
  const positive = values.map((y) => Math.max(y, 1e-6));
  return logScale(Math.min(...positive) * 0.8, Math.max(...positive) * 1.2);
}

function horizontalScale(values: readonly number[], isLog: boolean): Scale {
  const max = Math.max(...values, 1e-9);
  const min = Math.min(...values);
  return isLog ? logScale(min === max ? min / 2 : min, max) : linearScale(max);
}

function linearScale(max: number): Scale {
  return { share: (value) => Math.max(value, 0) / max, ticks: linearTicks(max) };
}

function logScale(low: number, high: number): Scale {
  const [from, to] = [Math.log10(low), Math.log10(high)];
  return {
    share: (value) => Math.max(0, (Math.log10(Math.max(value, 1e-6)) - from) / (to - from)),
    ticks: logTicks(low, high),
  };
}

function errorBar(x: number, from: number, to: number): string {
  return `<path d="M${x.toFixed(1)},${from.toFixed(1)} V${to.toFixed(1)}" class="bar"/>`;
}

function seriesClass(index: number): string {
  return `series-${index % COLORS} dash-${Math.floor(index / COLORS)}`;
}

/** Returns how far the label of each reference is moved to the left, so that labels of close lines do not overlap. */
function labelInsets(heights: readonly number[]): number[] {
  const insets = new Array<number>(heights.length).fill(0);
  const order = heights.map((_, i) => i).sort((a, b) => heights[a]! - heights[b]!);
  for (const [rank, i] of order.entries()) {
    const close = order.slice(0, rank).filter((j) => heights[i]! - heights[j]! < LABEL_HEIGHT);
    while (close.some((j) => insets[j] === insets[i])) insets[i]! += LABEL_WIDTH;
  }
  return insets;
}

/** Renders a dot and a name for each series, below the chart. */
function legendOf(names: readonly string[]): string[] {
  return names.map((name, index) => {
    const x = LEFT + (index % LEGEND_COLUMNS) * LABEL_WIDTH;
    const y = HEIGHT + LEGEND_HEIGHT * Math.floor(index / LEGEND_COLUMNS) + LEGEND_HEIGHT / 2;
    return `<g class="${seriesClass(index)}"><path d="M${x - 6},${y - 4} H${x + 14}" class="line"/><circle cx="${x + 4}" cy="${y - 4}" r="4"/><text x="${x + 20}" y="${y}">${escapeHtml(name)}</text></g>`;
  });
}

/** Returns the numbers 1, 2 and 5 times powers of ten between two positive numbers. */
function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  for (let exponent = Math.floor(Math.log10(low)); exponent <= Math.log10(high); exponent++) {
    for (const digit of [1, 2, 5]) {
      const tick = Number((digit * 10 ** exponent).toPrecision(1));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

/** Returns about five round numbers from 0 to `max`. */
function linearTicks(max: number): number[] {
  const rough = max / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough)!;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, i) => Number((i * step).toPrecision(6)));
}
