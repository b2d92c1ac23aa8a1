import { spread } from '../methods/curves.js';
import type { Cell } from './cells.js';
import type { Figure, Line } from '../figure.js';
import { fitDecline } from './fits.js';
import { table } from '../markdown.js';
import { readMethods } from './methods-results.js';
import { planeFloor } from './plane-floor.js';
import { shown, spreadOf, type Results } from './results.js';

/** Tables of docs/sid-alpha.md, by name. */
export function sidTables(results: Results): Map<string, string> {
  return new Map([
    ['alpha-images', declines(results, 'alpha', { figure: 'fid', name: 'FID' })],
    ['alpha-seeds', ofMethods()],
    ['alpha-plane', declines(results, 'plane-alpha', { figure: 'wasserstein', name: 'distance', until: 65 })],
    ['batch', batches(results)],
  ]);
}

/** Figures of docs/sid-alpha.md, by file name. */
export function sidFigures(results: Results): Map<string, Figure> {
  const found: [string, Figure | null][] = [
    ['alpha-images', curves(results, 'alpha', 'fid', 'FID', 'Fashion-MNIST: FID against images, for each alpha', [])],
    [
      'alpha-plane',
      curves(
        results,
        'plane-alpha',
        'wasserstein',
        'sliced Wasserstein distance',
        'Points in the plane: the distance to the truth, for each alpha',
        [
          {
            name: 'exact samples',
            isDashed: true,
            points: [4, 256].map((x) => ({ x, y: planeFloor().wasserstein.mean })),
          },
        ],
      ),
    ],
    ['batch', curves(results, 'batch', 'fid', 'FID', 'Fashion-MNIST: FID against images, for each batch size', [])],
  ];
  return new Map(found.filter((each): each is [string, Figure] => each[1] !== null));
}

function alphaOf({ options }: { options: Readonly<Record<string, unknown>> }): number {
  return Number(options.alpha);
}

/** A figure of students, by its name in cells and in text. */
interface Declining {
  figure: string;
  name: string;
  /** Thousands of images up to which a power and an exponential are fitted; left out, to the end. */
  until?: number;
}

/** Each alpha: the curve, and how well a power and an exponential describe it. */
function declines(results: Results, experiment: string, { figure, name, until = Infinity }: Declining): string {
  const found = [...results.of(experiment)].sort((a, b) => alphaOf(a.variant) - alphaOf(b.variant));
  const all = found[0]?.cells[0]?.curve.map(({ kimg }, i) => ({ kimg, i })) ?? [];
  const points = all.length > 4 ? all.filter(({ i }) => i % 2 === 0) : all;
  const rows = found.map(({ variant, cells }) => {
    const fits = cells.map((cell) => fitOf(cell, figure, until));
    return [
      String(alphaOf(variant)),
      String(cells.length),
      ...points.map(({ i }) => shown(spreadOf(cells, figure, i))),
      shown(spread(fits.map(({ power }) => power.slope)), 2),
      shown(spread(fits.map(({ power }) => power.explained)), 2),
      shown(spread(fits.map(({ exponential }) => exponential.explained)), 2),
    ];
  });
  const kimgs = points.map(({ kimg }) => `${name}, ${Number(kimg.toPrecision(2))} kimg`);
  const to = until < Infinity ? ` to ${until - 1} kimg` : '';
  return table(['alpha', 'seeds', ...kimgs, `power${to}`, 'its R²', 'R² of an exponential'], rows);
}

/** SiD's and FGM's curves from the benchmark of the methods. */
function ofMethods(): string {
  const { recipes, points } = readMethods();
  const names = { fgm: 'FGM, the exact gradient', 'sid, alpha 1': '1', sid: '1.2' };
  const rows = Object.entries(names).flatMap(([name, title]) => {
    const cells = recipes.find((recipe) => recipe.name === name)?.cells ?? [];
    if (cells.length === 0) return [];
    const fits = cells.map((cell) => fitOf(cell, 'fid'));
    const fids = points.map((_, i) => shown(spreadOf(cells, 'fid', i)));
    return [[title, String(cells.length), ...fids, shown(spread(fits.map(({ power }) => power.slope)), 2)]];
  });
  return table(['alpha', 'seeds', ...points.map((kimg) => `FID, ${kimg} kimg`), 'power'], rows);
}

function fitOf({ curve }: Cell, figure: string, until = Infinity) {
  const fitted = curve.filter(({ kimg }) => kimg <= until);
  return fitDecline(fitted.map((point) => ({ kimg: point.kimg, value: point[figure]! })));
}

function batches(results: Results): string {
  const found = [...results.of('batch')].sort((a, b) => batchOf(a.variant) - batchOf(b.variant));
  const points = found[0]?.cells[0]?.curve.map(({ kimg }) => kimg) ?? [];
  const rows = found.map(({ variant, cells }) => [
    String(batchOf(variant)),
    String(Math.round((points.at(-1)! * 1000) / batchOf(variant))),
    String(cells.length),
    ...points.map((_, i) => shown(spreadOf(cells, 'fid', i))),
    ...['precision', 'recall'].map((figure) => shown(spreadOf(cells, figure))),
  ]);
  const kimgs = points.map((kimg) => `FID, ${Number(kimg.toPrecision(3))} kimg`);
  return table(['batch', 'iterations', 'seeds', ...kimgs, 'precision', 'recall'], rows);
}

function batchOf({ options }: { options: Readonly<Record<string, unknown>> }): number {
  return Number(options.batch ?? 64);
}

function curves(
  results: Results,
  experiment: string,
  figure: string,
  label: string,
  title: string,
  further: readonly Line[],
): Figure | null {
  const found = [...results.of(experiment)];
  if (found.length === 0) return null;
  const key = experiment === 'batch' ? batchOf : alphaOf;
  found.sort((a, b) => key(a.variant) - key(b.variant));
  const lines = found.map(({ variant, cells }) => ({
    name: `${experiment === 'batch' ? 'batch' : 'alpha'} ${key(variant)}`,
    points: cells[0]!.curve.map(({ kimg }, i) => {
      const { mean, lowest, highest } = spreadOf(cells, figure, i);
      return { x: kimg, y: mean, low: lowest, high: highest };
    }),
  }));
  return {
    title,
    x: { label: 'thousand images', isLog: true },
    y: { label, isLog: true },
    lines: [...lines, ...further],
  };
}
