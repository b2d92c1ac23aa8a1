import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MethodNeed } from '@onestep/diffusion-core';
import { budgetText, parseBudget } from '../src/compare/cells/budget.js';
import { nextLeg, type LegPlan } from '../src/compare/cells/next-leg.js';
import { listBaselines } from '../src/compare/cells/baselines.js';
import type { Moment } from '../src/compare/cells/training-record.js';
import { findCuts } from '../src/compare/paper/cuts.js';
import { momentsAround, readCurve, type CurvePoint } from '../src/compare/paper/curve.js';
import { meanCurve } from '../src/compare/paper/mean-curve.js';
import { methodRows, type MethodRow } from '../src/compare/paper/method-rows.js';
import type { CellPoint, PaperResults } from '../src/compare/paper/results.js';
import { equalPicturesTable, equalTimeTable } from '../src/compare/paper/tables.js';
import { csv, csvTable } from '../src/reports/csv-table.js';
import { cellText, textTable, type FigureTable } from '../src/reports/figure-table.js';
import { escapeLatex, latexTable } from '../src/reports/latex-table.js';
import { plainTable } from '../src/reports/plain-table.js';
import { spreadOf } from '../src/reports/spread.js';

const real = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const point = (kimg: number, seconds: number, fid: number, precision: number | null = 0.5): CurvePoint => ({
  ...{ kimg, seconds, fid, is: 2, precision, recall: 0.25 },
});

describe('a quantity over seeds', () => {
  it('has the mean, and the standard error s / sqrt(n)', () => {
    expect(spreadOf([1, 2, 6])).toEqual({ mean: 3, error: Math.sqrt(7 / 3), count: 3 });
    expect(spreadOf([5])).toEqual({ mean: 5, error: null, count: 1 });
    expect(spreadOf([])).toBeNull();
    // Moving and scaling the values moves and scales the mean, and only scales the error.
    fc.assert(
      fc.property(
        fc.array(real(-10, 10), { minLength: 2, maxLength: 9 }),
        real(-5, 5),
        real(0.1, 5),
        (values, by, times) => {
          const [a, b] = [spreadOf(values)!, spreadOf(values.map((x) => times * x + by))!];
          expect(b.mean).toBeCloseTo(times * a.mean + by, 9);
          expect(b.error).toBeCloseTo(times * a.error!, 7);
        },
      ),
    );
  });
});

describe('a curve', () => {
  const curve = [point(1, 10, 4, 0.2), point(3, 40, 1, 0.6)];

  it('is read between two measurements, with the logarithm of FID linear', () => {
    expect(readCurve(curve, 'kimg', 2)).toEqual({ ...point(2, 25, 2), precision: expect.closeTo(0.4, 12) as number });
    expect(readCurve(curve, 'seconds', 25)!.kimg).toBeCloseTo(2, 12);
    expect(readCurve(curve, 'kimg', 3)).toEqual(curve[1]);
    expect([readCurve(curve, 'kimg', 0.9), readCurve(curve, 'seconds', 41)]).toEqual([null, null]);
    expect(readCurve([point(1, 1, 1, null), point(2, 2, 2)], 'kimg', 1.5)!.precision).toBeNull();
  });

  it('stays between its neighbors, and needs no measurement but those around', () => {
    const points = fc
      .uniqueArray(fc.tuple(fc.integer({ min: 1, max: 100 }), real(0.1, 50)), { minLength: 2, selector: ([x]) => x })
      .map((list) => list.sort((a, b) => a[0] - b[0]).map(([x, fid]) => point(x, 3 * x, fid)));
    fc.assert(
      fc.property(points, real(1, 100), fc.constantFrom('kimg' as const, 'seconds' as const), (all, place, axis) => {
        const found = readCurve(all, axis, place);
        const around = momentsAround(all, axis, place);
        expect(readCurve(around, axis, place)).toEqual(found);
        if (found === null) return;
        const fids = around.map(({ fid }) => fid);
        expect(found.fid).toBeGreaterThanOrEqual(Math.min(...fids) * (1 - 1e-9));
        expect(found.fid).toBeLessThanOrEqual(Math.max(...fids) * (1 + 1e-9));
        expect(found[axis]).toBe(place);
      }),
    );
  });

  it('has a mean over seeds as far as all of them go', () => {
    const other = [point(1, 10, 2), point(2, 20, 2)];
    expect(meanCurve([curve, other], 'kimg')).toMatchObject([{ position: 1, fid: { mean: 3, error: 1, count: 2 } }]);
  });
});

describe('equal pictures and equal time', () => {
  const ends = [
    { kimg: 64.1, seconds: 900 },
    { kimg: 64.1, seconds: 300 },
  ];

  it('under a budget of images, the time is that of the fastest', () => {
    const { kimg, seconds, notes } = findCuts({ kind: 'images', kimg: 64 }, ends);
    expect([kimg, seconds]).toEqual([64, 300]);
    expect(notes.seconds).toMatch(/^After 5:00, the training time of the fastest\. .*interpolated/);
  });

  it('under a budget of time, the images are those of the slowest, and a training that fell short counts', () => {
    const cuts = findCuts({ kind: 'time', seconds: 600 }, [
      { kimg: 8, seconds: 610 },
      { kimg: 20, seconds: 595 },
    ]);
    expect([cuts.kimg, cuts.seconds]).toEqual([8, 595]);
    expect(cuts.notes.seconds).toContain('the shortest training under the budget of 10:00');
  });

  it('a row has the seeds that reached it, the median speed and the largest memory', () => {
    const cell = (seed: number, speeds: number[], peakMemory: number, points: CurvePoint[]) => ({
      cell: { method: 'sid', seed, folder: '' },
      record: { plannedKimg: 3, moments: [], speeds, peakMemory },
      secondsBefore: 0,
      curves: new Map([[1, points]]),
    });
    const cells = [
      cell(0, [9, 10, 30], 2e9, [point(1, 10, 4), point(3, 40, 1)]),
      cell(1, [11, 13], 3e9, [point(2, 30, 4)]),
    ];
    const [row] = methodRows(cells, { sid: [] }, 'kimg', 2);
    expect(row).toMatchObject({ calls: 1, fid: { mean: 3, count: 2 }, memory: 3e9, secondsPerKimg: { mean: 11 } });
    expect(methodRows(cells, { sid: [] }, 'kimg', 3)[0]!.fid).toEqual({ mean: 1, error: null, count: 1 });
    expect(methodRows(cells, { sid: [] }, 'kimg', 4)[0]!.fid).toBeNull();
  });
});

describe('a row without figures', () => {
  const results = (points: Partial<CellPoint>[], needs: MethodNeed[] = []) => {
    const row = { method: 'kd', needs, calls: 1, fid: null, kimg: null } as unknown as MethodRow;
    const cuts = findCuts({ kind: 'images', kimg: 1 }, [{ kimg: 1, seconds: 171 }]);
    const own = points.map((each) => ({ method: 'kd', calls: 1, ...each }));
    return { seeds: [0], cuts, equalPictures: [row], equalTime: [row], points: own } as unknown as PaperResults;
  };

  it('is explained', () => {
    const late = results(
      [
        { kimg: 1.024, seconds: 267 },
        { kimg: 0.064, seconds: 221 },
      ],
      ['pairs'],
    );
    expect(equalTimeTable(late).caption).toMatch(
      /kd has no figures there: it was first measured after 3:41, with the time that its pairs took\.$/,
    );
    expect(equalPicturesTable(results([])).caption).toMatch(/kd has no figures there: its pictures are not finite\.$/);
    // Measured before, and NaN later.
    expect(equalTimeTable(results([{ kimg: 0.064, seconds: 20 }])).caption).toMatch(/are not finite\.$/);
  });
});

describe('the legs of a training', () => {
  const plan = (budget: LegPlan['budget']): LegPlan => ({ budget, batch: 64, measurements: 8, secondsBefore: 0 });
  /** Trains leg after leg as the run does, at a speed that depends on the number of images. */
  function simulate(legPlan: LegPlan, speed: (kimg: number) => number) {
    const moments: Moment[] = [];
    const speeds: number[] = [];
    let [plannedKimg, seconds, kimg, legs] = [0, 0, 0, 0];
    for (;;) {
      const leg = nextLeg({ plannedKimg, moments, speeds }, legPlan);
      if (leg === null) return { kimg, seconds, legs };
      legs += 1;
      plannedKimg = leg.kimg;
      expect(plannedKimg).toBeGreaterThan(kimg);
      while (Math.round(kimg * 1000) < Math.round(plannedKimg * 1000)) {
        kimg = Math.round(kimg * 1000 + 64) / 1000;
        seconds += speed(kimg) * 0.064;
      }
      speeds.push(speed(kimg));
      moments.push({ kimg, seconds, snapshot: 'a' });
    }
  }

  it('fill a budget of time in few legs, whatever the speed', () => {
    fc.assert(
      fc.property(real(0.5, 200), real(1, 2000), (speed, seconds) => {
        const done = simulate(plan({ kind: 'time', seconds }), () => speed);
        expect(done.seconds).toBeGreaterThanOrEqual(0.98 * seconds);
        expect(done.legs).toBeLessThanOrEqual(3);
        // The first leg is 8 steps, whatever the budget.
        expect(done.seconds).toBeLessThanOrEqual(Math.max(seconds + speed * 0.064 * 1.001, speed * 0.513));
      }),
    );
    const faster = simulate(plan({ kind: 'time', seconds: 1000 }), (kimg) => (kimg < 1 ? 50 : 5));
    expect(faster.seconds).toBeGreaterThanOrEqual(980);
  });

  it('are one leg under a budget of images, which resumes as it was planned', () => {
    const images = plan({ kind: 'images', kimg: 64 });
    expect(simulate(images, () => 1)).toMatchObject({ kimg: 64, legs: 1 });
    const half = { plannedKimg: 64, moments: [{ kimg: 8, seconds: 9, snapshot: 'a' }], speeds: [1] };
    expect(nextLeg(half, images)).toEqual({ kimg: 64, tickKimg: 8 });
    // A training that was stopped in a leg finishes that leg.
    expect(nextLeg(half, plan({ kind: 'time', seconds: 10 }))).toEqual({ kimg: 64, tickKimg: 8 });
    // The last snapshot is gone.
    const without = { plannedKimg: 64, moments: [{ kimg: 64, seconds: 9, snapshot: null }], speeds: [1] };
    expect(nextLeg(without, images)).not.toBeNull();
  });
});

it('budgets are times and numbers of images', () => {
  expect(['90s', '30m', '2h', '1d', '64kimg', '0.5kimg'].map((text) => budgetText(parseBudget(text)))).toEqual([
    ...['90s', '30m', '2h', '1d', '64kimg', '0.5kimg'],
  ]);
  expect(parseBudget('1.5h')).toEqual({ kind: 'time', seconds: 5400 });
  for (const text of ['30', 'kimg', '-3m', '0s', '5 parsecs']) {
    expect(() => parseBudget(text)).toThrow('such as 90s, 30m, 2h or 1d, or a number of images, such as 64kimg');
  }
});

it('the teacher is measured with as many steps as its calls allow, and each of them once', () => {
  const options = { samplers: ['ddim', 'heun'] as ('ddim' | 'heun')[], teacherCalls: [1, 2, 3, 4] };
  const found = listBaselines({ ...options, typedTeacherSteps: [2, 18] });
  const steps = (name: string) => found.filter(({ sampler }) => sampler === name).map((row) => row.steps);
  expect([steps('ddim'), steps('heun')]).toEqual([
    [1, 2, 3, 4],
    [1, 2, 18],
  ]);
});

describe('tables of figures', () => {
  const table: FigureTable = {
    label: 'tab:t',
    caption: '100% of "it"',
    columns: [
      { key: 'method', title: 'method' },
      { key: 'fid', title: 'FID', better: 'lower' },
      { key: 'is', title: 'IS', better: 'higher' },
    ],
    rows: [
      ['a_b & c', { mean: 0.4771, error: 0.01234, count: 3 }, 8.912],
      ['x,"y"', { mean: 12.34, error: null, count: 1 }, null],
    ],
  };

  it('show the standard error with the decimals of the mean', () => {
    expect(textTable(table).rows).toEqual([
      ['a_b & c', '0.477 ± 0.012', '8.91'],
      ['x,"y"', '12.3', '–'],
    ]);
    expect(cellText({ mean: 227.4, error: 3.6, count: 2 })).toBe('227 ± 4');
    expect(cellText({ mean: NaN, error: NaN, count: 2 })).toBe('NaN ± NaN');
  });

  it('are LaTeX with balanced braces, one cell per column, and nothing unescaped', () => {
    const text = latexTable(table);
    expect(text).toContain(String.raw`a\_b \& c & $0.477 \pm 0.012$ & $8.91$ \\`);
    expect(text).toContain(String.raw`method & FID $\downarrow$ & IS $\uparrow$ \\`);
    expect(text).toContain(String.raw`x,''y'' & $12.3$ & -- \\`);
    expect(text).toContain(String.raw`\caption{100\% of ''it''}`);
    const small = { ...table, rows: [['a', { mean: 1.23e-5, error: 4e-6, count: 2 }, NaN]] };
    expect(latexTable(small)).toContain(
      String.raw`a & $1.23 \times 10^{-5} \pm 4.00 \times 10^{-6}$ & $\mathrm{NaN}$ \\`,
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (name) => {
        const escaped = escapeLatex(name);
        // What is left without commands is text in which nothing is special.
        const bare = escaped
          .replace(/\\(textbackslash|textascii\w+|textless|textgreater|textbar)\{\}/g, '')
          .replace(/\\[{}$&#%_]/g, '');
        expect(bare).not.toMatch(/[\\{}$&#%_^~<>|\n]/);
      }),
    );
  });

  it('are LaTeX whose environments and braces close in order, with a cell for each column', () => {
    const cell = fc.oneof(fc.string({ unit: 'grapheme-ascii' }), fc.double(), fc.constant(null));
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell, cell), { maxLength: 4 }), (rows) => {
        const text = latexTable({ ...table, caption: rows.flat().map(cellText).join(' '), rows });
        const open: string[] = [];
        for (const [token, , begun, , ended] of text.matchAll(/\\[{}&%]|(\\begin\{(\w+)\})|(\\end\{(\w+)\})|[{}]/g)) {
          if (begun !== undefined) open.push(begun);
          else if (ended !== undefined) expect(open.pop()).toBe(ended);
          else if (token === '{') open.push(token);
          else if (token === '}') expect(open.pop()).toBe('{');
        }
        expect(open).toEqual([]);
        const lines = text.split('\n').filter((line) => line.endsWith(' \\\\'));
        expect(lines.map((line) => line.replaceAll('\\&', '').split('&').length)).toEqual(lines.map(() => 3));
        expect(lines).toHaveLength(1 + rows.length);
      }),
    );
  });

  it('are CSV that keeps every value, with all digits', () => {
    expect(csvTable(table)).toBe(
      'method,fid,fid_se,fid_n,is\r\na_b & c,0.4771,0.01234,3,8.912\r\n"x,""y""",12.34,,1,\r\n',
    );
    const parse = (text: string) =>
      [...text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r\n)/g)].map(([, quoted, plain]) =>
        quoted === undefined ? plain : quoted.replaceAll('""', '"'),
      );
    fc.assert(
      fc.property(fc.array(fc.string(), { minLength: 1, maxLength: 4 }), (row) => {
        expect(parse(csv(row, [])).slice(0, row.length)).toEqual(row);
      }),
    );
    expect(csv(['a'], [[NaN], [Infinity]])).toBe('a\r\n\r\n\r\n');
  });

  it('have columns on a terminal', () => {
    expect(plainTable(textTable(table)).split('\n')[1]).toBe('a_b & c  0.477 ± 0.012  8.91');
  });
});
