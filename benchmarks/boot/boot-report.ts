import { spread } from '../methods/curves.js';
import type { Figure } from '../figure.js';
import { table } from '../markdown.js';
import { readMethods } from './methods-results.js';
import { planeFloor } from './plane-floor.js';
import { course, shown, spreadAt, spreadOf, type Results } from './results.js';
import type { Cell } from './cells.js';

const BINS = ['t0.8-1.0', 't0.6-0.8', 't0.4-0.6', 't0.2-0.4', 't0.0-0.2'];

/** Tables of docs/boot-questions.md, by name. */
export function bootTables(results: Results): Map<string, string> {
  return new Map([
    ['increments', increments(results)],
    ['delta-images', images(results, 'delta')],
    ['delta-plane', plane(results, 'plane-delta')],
    ['beta-images', images(results, 'beta', true)],
    ['beta-plane', plane(results, 'plane-beta', { withResidual: true })],
    ['distance', images(results, 'distance')],
    ['conversion', conversion(results)],
    ['samplers', samplers(results)],
    ['methods', methods()],
    ['plane-methods', plane(results, 'plane-methods', { last: 256 })],
    ['noise-again', noiseAgain(results, 'noise-again', 'fid')],
    ['plane-again', noiseAgain(results, 'plane-again', 'wasserstein')],
  ]);
}

/** Figures of docs/boot-questions.md, by file name. */
export function bootFigures(results: Results): Map<string, Figure> {
  const found: [string, Figure | null][] = [
    ['increments-images', incrementFigure(results, 'beta', 'boot', 'Relative increment, Fashion-MNIST')],
    [
      'increments-plane',
      incrementFigure(results, 'plane-beta', 'plane, boot', 'Relative increment, points in the plane'),
    ],
    ['delta-plane', deltaFigure(results)],
    ['boundary-images', boundaryFigure(results, 'beta', 'Boundary residual, Fashion-MNIST')],
    ['boundary-plane', boundaryFigure(results, 'plane-beta', 'Boundary residual, points in the plane')],
    ['recall', recallFigure(results)],
    ['noise-again', noiseAgainFigure(results)],
  ];
  return new Map(found.filter((each): each is [string, Figure] => each[1] !== null));
}

function increments(results: Results): string {
  const exact = results.rows('true-increments');
  const sets = [
    { title: 'images', cells: cellsOf(results, 'beta', 'boot') },
    { title: 'plane', cells: cellsOf(results, 'plane-beta', 'plane, boot') },
  ].filter(({ cells }) => cells.length > 0);
  const percent = (value: number) => `${(100 * value).toPrecision(2)} %`;
  const head = sets.flatMap(({ title }) => [
    `${title}: size`,
    'relative',
    'relative at the start',
    'relative on the true path',
  ]);
  const rows = BINS.map((bin) => [
    bin.slice(1),
    ...sets.flatMap(({ title, cells }) => {
      const relative = course(cells, `Relative_increment/${bin}`);
      const truth = exact.find(({ name }) => name === title)?.[`Relative_increment/${bin}`];
      return [
        shown(course(cells, `Bootstrap_increment/${bin}`).at(-1)!.values, 2),
        percent(relative.at(-1)!.values.mean),
        percent(relative[0]!.values.mean),
        truth === undefined ? '–' : percent(Number(truth)),
      ];
    }),
  ]);
  return table(['t', ...head], rows);
}

function images(results: Results, experiment: string, withResidual = false): string {
  const rows = results
    .of(experiment)
    .map(({ variant, cells }) => [
      variant.name,
      String(cells.length),
      ...(withResidual ? [shown(course(cells, 'Boundary_residual').at(-1)!.values, 2)] : []),
      shown(spreadOf(cells, 'fid', 0)),
      ...['fid', 'precision', 'recall', 'pathError'].map((figure) => shown(spreadOf(cells, figure))),
    ]);
  const residual = withResidual ? ['residual at the end'] : [];
  return table(['', 'seeds', ...residual, 'FID, 1 kimg', 'FID, 2 kimg', 'precision', 'recall', 'path error'], rows);
}

function plane(results: Results, experiment: string, { withResidual = false, last = 512 } = {}): string {
  const rows = results
    .of(experiment)
    .map(({ variant, cells }) => [
      variant.name.replace('plane, ', ''),
      String(cells.length),
      ...(withResidual ? [shown(course(cells, 'Boundary_residual').at(-1)!.values, 2)] : []),
      shown(spreadAt(cells, 'wasserstein', 32)),
      ...['wasserstein', 'inModes', 'medianPathError'].map((figure) => shown(spreadAt(cells, figure, last))),
    ]);
  const residual = withResidual ? ['residual at the end'] : [];
  const head = [
    '',
    'seeds',
    ...residual,
    'distance, 32 kimg',
    `distance, ${last} kimg`,
    'in a mode',
    'median path error',
  ];
  const floor = planeFloor();
  const exact = [
    'exact samples',
    '',
    ...(withResidual ? [''] : []),
    '',
    shown(floor.wasserstein),
    shown(floor.inModes),
    '',
  ];
  return table(head, [...rows, exact]);
}

function conversion(results: Results): string {
  const rows = results
    .rows('conversion')
    .map(({ name, relative, largest }) => [name, Number(relative).toExponential(1), Number(largest).toExponential(1)]);
  return table(['teacher of', 'difference, relative', 'largest, of images in [-1, 1]'], rows);
}

function samplers(results: Results): string {
  const all = results.rows('samplers');
  const steps = [...new Set(all.map((row) => Number(row.steps)))].sort((a, b) => a - b);
  const figures = ['fid', 'precision', 'recall'] as const;
  const rows = steps.map((count) => {
    const rowsOf = all.filter((row) => row.steps === count);
    return [
      `DDIM, ${count} call${count === 1 ? '' : 's'}`,
      String(rowsOf.length),
      ...figures.map((figure) => shown(spread(rowsOf.map((row) => Number(row[figure]))))),
    ];
  });
  const students = [...results.of('distance'), ...results.of('batch')].filter(({ variant }) =>
    ['boot', 'boot, perceptual', 'sid, alpha 1.2'].includes(variant.name),
  );
  const learned = students.map(({ variant, cells }) => [
    `${variant.name}, 1 call`,
    String(cells.length),
    ...figures.map((figure) => shown(spreadOf(cells, figure))),
  ]);
  return table(['', 'seeds', 'FID', 'precision', 'recall'], [...rows, ...learned]);
}

/** The methods after the same number of pictures, from the benchmark of the methods. */
function methods(): string {
  const { recipes, points } = readMethods();
  const rows = recipes.map(({ name, sees, cells, timing }) => [
    name,
    sees === 'nothing' ? 'the teacher alone' : sees,
    String(cells.length),
    ...['fid', 'precision', 'recall'].map((figure) => shown(spreadOf(cells, figure))),
    timing.secondsPerKimg.toPrecision(3),
  ]);
  const head = ['', 'learns from', 'seeds', `FID, ${points.at(-1)} kimg`, 'precision', 'recall', 's/kimg'];
  return table(head, rows);
}

function noiseAgain(results: Results, name: 'noise-again' | 'plane-again', figure: 'fid' | 'wasserstein'): string {
  const all = results.rows(name);
  const sigmas = [...new Set(all.map(({ sigma }) => Number(sigma)))].sort((a, b) => a - b);
  const kinds = [...new Set(all.map(({ student, by }) => `${student}|${by}`))];
  const rows = kinds.map((kind) => {
    const own = all.filter(({ student, by }) => `${student}|${by}` === kind);
    const seeds = [...new Set(own.map(({ seed }) => seed))];
    const [student, by] = kind.split('|');
    const cells = sigmas.map((sigma) => {
      const values = own.filter((row) => row.sigma === sigma).map((row) => Number(row[figure]));
      return values.length === 0 ? '–' : shown(spread(values));
    });
    return [`${student}, again by the ${by === 'student' ? 'student' : 'teacher'}`, String(seeds.length), ...cells];
  });
  return table([figure === 'fid' ? 'FID' : 'distance', 'seeds', ...sigmas.map((sigma) => `noise ${sigma}`)], rows);
}

function cellsOf(results: Results, experiment: string, name: string): Cell[] {
  return results.of(experiment).find(({ variant }) => variant.name === name)?.cells ?? [];
}

function lineOf(name: string, cells: readonly Cell[], statistic: string) {
  const points = course(cells, statistic).map(({ kimg, values: { mean, lowest, highest } }) => ({
    x: kimg,
    y: mean,
    low: lowest,
    high: highest,
  }));
  return { name, points };
}

function incrementFigure(results: Results, experiment: string, name: string, title: string): Figure | null {
  const cells = cellsOf(results, experiment, name);
  if (cells.length === 0) return null;
  return {
    title: `${title}: |y_s - y_t| / |y_t| in five parts of the time`,
    x: { label: 'thousand images' },
    y: { label: 'relative increment', isLog: true },
    lines: BINS.map((bin) => lineOf(`t ${bin.slice(1)}`, cells, `Relative_increment/${bin}`)),
  };
}

function boundaryFigure(results: Results, experiment: string, title: string): Figure | null {
  const found = results.of(experiment);
  if (found.length === 0) return null;
  const beta = ({ options }: { options: Readonly<Record<string, unknown>> }) => Number(options.beta ?? 0.1);
  const sorted = [...found].sort((a, b) => beta(a.variant) - beta(b.variant));
  return {
    title: `${title}, for each weight beta of its loss`,
    x: { label: 'thousand images' },
    y: { label: 'rms of g - f at t_max', isLog: true },
    lines: sorted.map(({ variant, cells }) => lineOf(`beta ${beta(variant)}`, cells, 'Boundary_residual')),
  };
}

function deltaFigure(results: Results): Figure | null {
  const found = results.of('plane-delta');
  if (found.length === 0) return null;
  const line = (name: string, isIn: (solver: unknown) => boolean) => ({
    name,
    points: found
      .filter(({ variant }) => isIn(variant.options.solver))
      .map(({ variant, cells }) => {
        const { mean, lowest, highest } = spreadOf(cells, 'wasserstein');
        return { x: Number(variant.options.delta ?? 0.04), y: mean, low: lowest, high: highest };
      })
      .sort((a, b) => a.x - b.x),
  });
  const floor = planeFloor().wasserstein.mean;
  return {
    title: 'Points in the plane: the distance to the truth against the step delta',
    x: { label: 'delta', isLog: true, ticks: [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1] },
    y: { label: 'sliced Wasserstein distance', isLog: true },
    lines: [
      line('ddim', (solver) => solver === 'ddim'),
      line('exponential-heun', (solver) => solver !== 'ddim'),
      { name: 'exact samples', isDashed: true, points: [0.01, 1].map((x) => ({ x, y: floor })) },
    ],
  };
}

function recallFigure(results: Results): Figure | null {
  const rows = results.rows('samplers');
  if (rows.length === 0) return null;
  const steps = [...new Set(rows.map((row) => Number(row.steps)))].sort((a, b) => a - b);
  const students = [...results.of('distance'), ...results.of('batch')].filter(({ variant }) =>
    ['boot', 'sid, alpha 1.2'].includes(variant.name),
  );
  return {
    title: 'Recall against network calls, Fashion-MNIST',
    x: { label: 'network calls for an image', isLog: true, ticks: steps },
    y: { label: 'recall' },
    lines: [
      {
        name: 'teacher, DDIM',
        points: steps.map((x) => {
          const { mean, lowest, highest } = spread(
            rows.filter((row) => row.steps === x).map(({ recall }) => Number(recall)),
          );
          return { x, y: mean, low: lowest, high: highest };
        }),
      },
      ...students.map(({ variant, cells }) => {
        const { mean, lowest, highest } = spreadOf(cells, 'recall');
        return { name: `${variant.name}, 2 kimg`, points: [{ x: 1, y: mean, low: lowest, high: highest }] };
      }),
    ],
  };
}

function noiseAgainFigure(results: Results): Figure | null {
  const rows = results.rows('noise-again');
  if (rows.length === 0) return null;
  const once = cellsOf(results, 'beta', 'boot');
  const kinds = [...new Set(rows.map(({ student, by }) => `${student}|${by}`))];
  const sigmas = [...new Set(rows.map(({ sigma }) => Number(sigma)))].sort((a, b) => a - b);
  return {
    title: 'FID after adding noise to images and denoising them once',
    x: { label: 'noise added', isLog: true, ticks: sigmas },
    y: { label: 'FID', isLog: true },
    lines: [
      ...kinds.map((kind) => {
        const own = rows.filter(({ student, by }) => `${student}|${by}` === kind);
        const points = sigmas.map((x) => {
          const { mean, lowest, highest } = spread(
            own.filter(({ sigma }) => sigma === x).map(({ fid }) => Number(fid)),
          );
          return { x, y: mean, low: lowest, high: highest };
        });
        const [student, by] = kind.split('|');
        return { name: `${student!.split(',')[0]}, by the ${by}`, points };
      }),
      {
        name: 'boot, one call',
        isDashed: true,
        points: [sigmas[0]!, sigmas.at(-1)!].map((x) => ({ x, y: spreadOf(once, 'fid').mean })),
      },
    ],
  };
}
