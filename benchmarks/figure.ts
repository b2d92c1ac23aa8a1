/** A point with the range of its values over seeds. */
export interface FigurePoint {
  x: number;
  y: number;
  low?: number;
  high?: number;
}

/** A named line. */
export interface Line {
  name: string;
  points: readonly FigurePoint[];
  /** Drawn without dots: a fit, or a level that others are compared with. */
  isDashed?: boolean;
}

/** What a figure shows. */
export interface Figure {
  title: string;
  x: { label: string; isLog?: boolean; ticks?: readonly number[] };
  y: { label: string; isLog?: boolean };
  lines: readonly Line[];
}

const [WIDTH, HEIGHT] = [720, 360];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 180, 34, 46];
const COLORS = ['#2457d6', '#c2571a', '#0f8a5f', '#a238b8', '#b8860b', '#d6336c', '#5b6578', '#17a2b8'];

/**
 * Draws lines with the ranges of their points as an SVG file of its own. On a logarithmic axis, values that are not positive
 * are left out.
 */
export function drawFigure({ title, x, y, lines }: Figure): string {
  const isShown = (point: FigurePoint) =>
    Number.isFinite(point.x + point.y) && (!x.isLog || point.x > 0) && (!y.isLog || point.y > 0);
  const shown = lines.map((line) => ({ ...line, points: line.points.filter(isShown) }));
  const points = shown.flatMap((line) => line.points);
  const across = axis(
    points.map((point) => point.x),
    x.isLog ?? false,
    [LEFT, WIDTH - RIGHT],
  );
  const up = axis(
    points
      .flatMap((point) => [point.y, point.low ?? point.y, point.high ?? point.y])
      .filter((value) => !y.isLog || value > 0),
    y.isLog ?? false,
    [HEIGHT - BOTTOM, TOP],
  );
  const bottom = HEIGHT - BOTTOM;
  const grid = up.ticks.map((tick) => {
    const at = up.place(tick).toFixed(1);
    return `<path d="M${LEFT} ${at}H${WIDTH - RIGHT}" stroke="#e3e5ea"/>${text(LEFT - 8, up.place(tick) + 4, String(tick), 'end')}`;
  });
  const marks = (x.ticks ?? across.ticks).map((tick) => text(across.place(tick), bottom + 18, String(tick), 'middle'));
  const drawn = shown.map((line, index) => drawLine(line, index, across.place, up.place));
  const middle = (LEFT + WIDTH - RIGHT) / 2;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#3a4356">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="20" font-size="14" font-weight="600">${escape(title)}</text>`,
    ...grid,
    ...marks,
    text(middle, HEIGHT - 8, x.label, 'middle'),
    `<text transform="translate(16 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${escape(y.label)}</text>`,
    ...drawn,
    '</svg>',
    '',
  ].join('\n');
}

function drawLine(
  { name, points, isDashed }: Line,
  index: number,
  px: (value: number) => number,
  py: (value: number) => number,
): string {
  const color = COLORS[index % COLORS.length]!;
  const at = points.map((point) => `${px(point.x).toFixed(1)} ${py(point.y).toFixed(1)}`);
  const path = `<path d="M${at.join('L')}" fill="none" stroke="${color}" stroke-width="2"${isDashed ? ' stroke-dasharray="5 4"' : ''}/>`;
  const dots = isDashed ? [] : points.map((point) => dotOf(point, color, px, py));
  const y = TOP + 12 + index * 18;
  const key = `<path d="M${WIDTH - RIGHT + 12} ${y - 4}h16" stroke="${color}" stroke-width="3"/>${text(WIDTH - RIGHT + 34, y, name, 'start')}`;
  return points.length === 0 ? '' : `${path}${dots.join('')}${key}`;
}

function dotOf(
  point: FigurePoint,
  color: string,
  px: (value: number) => number,
  py: (value: number) => number,
): string {
  const [x, { low = point.y, high = point.y }] = [px(point.x).toFixed(1), point];
  const range =
    high > low && low > 0 ? `<path d="M${x} ${py(low).toFixed(1)}V${py(high).toFixed(1)}" stroke="${color}"/>` : '';
  return `${range}<circle cx="${x}" cy="${py(point.y).toFixed(1)}" r="3.5" fill="${color}"/>`;
}

/** Places values between two pixels, with a margin, and chooses ticks. */
function axis(values: readonly number[], isLog: boolean, [from, to]: [number, number]) {
  const scale = (value: number) => (isLog ? Math.log10(value) : value);
  const [least, most] = [Math.min(...values.map(scale)), Math.max(...values.map(scale))];
  const margin = (most - least || 1) * 0.05;
  const [low, high] = [isLog || least < 0 ? least - margin : Math.min(0, least), most + margin];
  const place = (value: number) => from + ((scale(value) - low) / (high - low)) * (to - from);
  return { place, ticks: isLog ? logTicks(10 ** low, 10 ** high) : linearTicks(low, high) };
}

/** Round numbers between two positive ones: more of them in a short range, powers of ten alone in a long one. */
function logTicks(low: number, high: number): number[] {
  const ratio = high / low;
  const digits = ratio > 1000 ? [1] : ratio > 8 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 7];
  const exponents = Array.from(
    { length: Math.ceil(Math.log10(high)) - Math.floor(Math.log10(low)) + 1 },
    (_, i) => Math.floor(Math.log10(low)) + i,
  );
  const all = exponents.flatMap((exponent) => digits.map((digit) => Number((digit * 10 ** exponent).toPrecision(2))));
  return all.filter((tick) => tick >= low && tick <= high);
}

/** About five round numbers. */
function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((digit) => digit * power).find((candidate) => candidate >= rough)!;
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  );
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escape(content)}</text>`;
}

function escape(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
