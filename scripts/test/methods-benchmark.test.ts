import { describe, expect, it } from 'vitest';
import { at, spread } from '../../benchmarks/methods/curves.js';
import { allRecipes, chooseRecipes, folderName } from '../../benchmarks/methods/recipes.js';
import { equalTime } from '../../benchmarks/methods/tables.js';
import { timelineOf } from '../../benchmarks/methods/timeline.js';
import { METHODS } from 'onestep';

const CURVE = [
  { kimg: 1, fid: 4, precision: 0.2, recall: 0.4 },
  { kimg: 3, fid: 1, precision: 0.6, recall: 0.5 },
];

describe('the comparison of methods', () => {
  it('reads a curve between two measurements: the logarithm of FID is linear', () => {
    expect(at(CURVE, 2)!.fid).toBeCloseTo(2, 12);
    expect(at(CURVE, 2)!.precision).toBeCloseTo(0.4, 12);
    expect(at(CURVE, 3)).toEqual(CURVE[1]);
    expect([at(CURVE, 0.9), at(CURVE, 3.1)]).toEqual([null, null]);
    expect(spread([1, 2, 6])).toEqual({ mean: 3, lowest: 1, highest: 6 });
  });

  it('counts the time of making pairs, and that of the student that another goes on from', () => {
    const kd = timelineOf({ secondsPerKimg: 4, pairSeconds: 20 });
    expect([kd.secondsAt(3), kd.kimgAfter(10), kd.kimgAfter(24)]).toEqual([32, 0, 1]);
    const sid = timelineOf({ secondsPerKimg: 10, pairSeconds: 0 });
    const sid2a = timelineOf({ secondsPerKimg: 15, pairSeconds: 0, from: { timeline: sid, kimg: 2 } });
    expect([sid2a.secondsAt(3), sid2a.kimgAfter(5), sid2a.kimgAfter(35)]).toEqual([35, 0.5, 3]);
  });

  it('says nothing where a curve was not measured yet', () => {
    const [recipe] = chooseRecipes(['sid']);
    const timing = { secondsPerKimg: 10, peakMb: 900, pairSeconds: 0, load: [0, 0] as [number, number] };
    const cell = { recipe: 'sid', seed: 0, measured: { points: [1, 3], num: 10 }, detector: '', curve: CURVE };
    const cells = [{ ...cell, secondsPerKimg: 10, peakMb: 900 }];
    const measured = [{ recipe: recipe!, cells, timing, isTimedAlone: true, timeline: timelineOf(timing) }];
    expect(equalTime(measured, 20)).toContain('| sid | 10.0 |  | 900 | 2.00 | 2.00 | 0.400 | 0.450 |');
    expect(equalTime(measured, 5)).toContain('| sid | 10.0 |  | 900 | 0.50 | – | – | – |');
  });

  it('has every method, under names of its own', () => {
    const recipes = allRecipes();
    for (const { name } of METHODS) expect(recipes.some(({ method }) => method === name)).toBe(true);
    expect(new Set(recipes.map(({ name }) => folderName(name))).size).toBe(recipes.length);
    expect(() => chooseRecipes(['sid-3'])).toThrow(/no recipe "sid-3".*sid-alpha-1/);
  });
});
