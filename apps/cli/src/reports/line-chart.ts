import { escapeHtml } from './page.js';

/** A point of a chart, in data units. */
export interface Point {
  x: number;
  y: number;
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

/**
 * Renders a line chart with a logarithmic y axis: FID falls by factors, so equal factors get equal heights. Several series
 * get a legend. Points that are not numbers are left out.
 *
 * @param labels of the axes, as HTML
 * @returns SVG markup for an HTML page
 */
export function lineChart(
  series: readonly Series[],
  references: readonly Reference[],
  labels: { x: string; y: string },
): string {
  // A point that is not a number has no place: the line goes on after it.
  const drawn = series.map((one) => ({ ...one, points: one.points.filter(({ x, y }) => Number.isFinite(x + y)) }));
  const points = drawn.flatMap((one) => one.points);
  if (points.length === 0) return '<p>There are no numbers to draw.</p>';
  const ys = [...points, ...references].map(({ y }) => Math.max(y, 1e-6));
  const low = Math.log10(Math.min(...ys) * 0.8);
  const high = Math.log10(Math.max(...ys) * 1.2);
  const xMax = Math.max(...points.map(({ x }) => x), 1e-9);
  const px = (x: number) => LEFT + (x / xMax) * (WIDTH - LEFT - RIGHT);
  const py = (y: number) => TOP + ((high - Math.log10(Math.max(y, 1e-6))) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const grid = logTicks(10 ** low, 10 ** high).map(
    (y) =>
      `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${py(y).toFixed(1)}" y2="${py(y).toFixed(1)}" class="grid"/>` +
      `<text x="${LEFT - 8}" y="${(py(y) + 4).toFixed(1)}" text-anchor="end">${y}</text>`,
  );
  const xTicks = linearTicks(xMax).map(
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
    const dots = one.points.map(({ x, y }) => {
      const title = escapeHtml(`${one.name}, ${x} ${labels.x}: ${y.toPrecision(4)}`);
      return `<circle cx="${px(x).toFixed(1)}" cy="${py(y).toFixed(1)}" r="4"><title>${title}</title></circle>`;
    });
    return `<g class="series-${index}"><path d="M${at.join(' L')}" class="line"/>${dots.join('')}</g>`;
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
    return `<g class="series-${index}"><circle cx="${x + 4}" cy="${y - 4}" r="4"/><text x="${x + 14}" y="${y}">${escapeHtml(name)}</text></g>`;
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
