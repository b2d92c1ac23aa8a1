import { describe, expect, test } from 'vitest';
import { SidRandom } from '../src/random-draws.js';

const SHAPE = { batch: 4000, pixels: 2, labelDim: 3, classProbabilities: null, tmax: 800 };

function frequencies(classes: Int32Array): number[] {
  return [0, 1, 2].map((c) => classes.filter((k) => k === c).length / classes.length);
}

describe('SidRandom', () => {
  test('draws classes uniformly, or as it is told', () => {
    frequencies(new SidRandom(1, SHAPE).fakeScoreDraws().classes).forEach((f) => expect(f).toBeCloseTo(1 / 3, 1));
    const weighted = new SidRandom(1, { ...SHAPE, classProbabilities: [3, 0, 1] }).generatorDraws().classes;
    frequencies(weighted).forEach((f, c) => expect(Math.abs(f - [0.75, 0, 0.25][c]!)).toBeLessThan(0.03));
    expect(new SidRandom(1, { ...SHAPE, labelDim: 0 }).generatorDraws().classes.length).toBe(0);
  });

  test('draws the noise levels of each phase', () => {
    const random = new SidRandom(1, SHAPE);
    const score = random.fakeScoreDraws().sigma.toSorted();
    expect(Math.log(score[2000]!)).toBeCloseTo(-1.2, 0);
    const generator = random.generatorDraws().sigma.toSorted();
    expect(generator[0]).toBeGreaterThanOrEqual(0.002);
    expect(generator.at(-1)).toBeLessThan(24.41);
    expect(generator[2000]! / 0.96541693).toBeCloseTo(1, 0);
  });

  test('draws fresh numbers each time, the same after a restart', () => {
    const random = new SidRandom(7, SHAPE);
    const first = random.fakeScoreDraws();
    const state = random.state();
    const second = random.generatorDraws();
    expect(second.z).not.toEqual(first.z);
    expect(second.classes).not.toEqual(first.classes);
    const restarted = new SidRandom(0, SHAPE);
    restarted.restore(state);
    expect(restarted.generatorDraws()).toEqual(second);
  });
});
