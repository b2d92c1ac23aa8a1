import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  cautionFewInGroups,
  FeatureStatistics,
  frechetDistance,
  groupByCaption,
  measureGroups,
  recognizedClasses,
  wilsonInterval,
  wordPattern,
} from '../src/index.js';

beforeAll(() => startTestBackend());

const DIM = 3;
const rows = (features: Float32Array, indices: readonly number[]) =>
  Float32Array.from(indices.flatMap((i) => [...features.subarray(i * DIM, (i + 1) * DIM)]));
const evens = (count: number) => Array.from({ length: count / 2 }, (_, i) => 2 * i);
const odds = (count: number) => evens(count).map((i) => i + 1);

describe('measureGroups', () => {
  // Two classes far apart, in turns.
  const cloud = (count: number, seed: number, shift: (i: number) => number) => {
    const noise = new Rng(seed).normal(count * DIM);
    return noise.map((value, i) => value + (i % DIM === 0 ? shift(Math.floor(i / DIM)) : 0));
  };
  const real = cloud(60, 1, (i) => (i % 2) * 20);
  const generated = cloud(40, 2, (i) => (i % 2) * 20);
  const groups = [
    { name: 'even', generated: evens(40), real: evens(60) },
    { name: 'odd', generated: odds(40), real: odds(60) },
  ];

  it('measures each group against the real images of the same', async () => {
    const [even] = await measureGroups({ groups, generated, real, dim: DIM });
    const moments = (features: Float32Array) => {
      const statistics = new FeatureStatistics(DIM);
      statistics.add(features, features.length / DIM);
      return statistics.moments({ divisor: 'n' });
    };
    const fid = frechetDistance(moments(rows(generated, evens(40))), moments(rows(real, evens(60))));
    expect(even).toMatchObject({ name: 'even', numImages: 20, numReals: 30, fid });
    expect(even!.precision).toBeGreaterThan(0.5);
  });

  it('notices good images of the wrong condition, which all images together do not', async () => {
    const all = { name: 'all', generated: [...Array(40).keys()], real: [...Array(60).keys()] };
    const right = await measureGroups({ groups: [all, ...groups], generated, real, dim: DIM });
    const exchanged = groups.map((group, i) => ({ ...group, generated: groups[1 - i]!.generated }));
    const wrong = await measureGroups({ groups: [all, ...exchanged], generated, real, dim: DIM });
    expect(wrong[0]).toEqual(right[0]);
    for (const i of [1, 2]) {
      expect(wrong[i]!.fid).toBeGreaterThan(300);
      expect(right[i]!.fid).toBeLessThan(3);
      expect(wrong[i]!.precision).toBe(0);
    }
  });

  it('gives no figure of a group that is too small for it, and names those whose covariance is singular', async () => {
    const small = [
      { name: 'one', generated: [0], real: evens(60) },
      { name: 'three', generated: [0, 2, 4], real: evens(60) },
      { name: 'none', generated: [], real: [] },
    ];
    const found = await measureGroups({ groups: [...small, ...groups], generated, real, dim: DIM });
    expect(found.map(({ fid }) => fid === null)).toEqual([true, false, true, false, false]);
    expect(found.slice(0, 3).every(({ precision, recall }) => precision === null && recall === null)).toBe(true);
    const caution = cautionFewInGroups(found, DIM)!;
    expect(caution).toMatch(
      /as many images as features \(3\) or fewer: one \(1, 30 real\), three \(3, 30 real\), none \(0, 0 real\)\./,
    );
    expect(cautionFewInGroups(found.slice(3), DIM)).toBeNull();
    const outside = measureGroups({ groups: [{ name: 'x', generated: [40], real: [0] }], generated, real, dim: DIM });
    await expect(outside).rejects.toThrow(/has the image 40, and there are 40/);
  });
});

it('recognizedClasses compares the most probable class', () => {
  expect(recognizedClasses(Float32Array.of(0.7, 0.3, 0.2, 0.8, 0.6, 0.4), [0, 1, 1], 2)).toEqual([true, true, false]);
  expect(() => recognizedClasses(Float32Array.of(1, 0), [2], 2)).toThrow(/Class 2 is not one of the detector's 2/);
  expect(() => recognizedClasses(Float32Array.of(1, 0), [0, 0], 2)).toThrow(/not those of 2 images/);
  expect(() => recognizedClasses(Float32Array.of(1, 0, NaN, NaN), [0, 0], 2)).toThrow(/image 1, .* are NaN/);
});

it('captions are grouped by whole words in any case, and by patterns', () => {
  const captions = ['A red star', 'a bored dog on red', 'étoile', 'two stars', 'c++ (code)'];
  const group = (...patterns: RegExp[]) =>
    groupByCaption(
      captions,
      patterns.map((pattern) => ({ name: '', pattern })),
    );
  expect(group(wordPattern('red'), wordPattern('toile'), wordPattern('c++'))).toEqual([[0, 1], [], [4]]);
  expect(group(/stars?/g)).toEqual([[0, 3]]);
});

it("Wilson's interval of a share", () => {
  // 8 of 10: 0.4902 to 0.9433 (Newcombe 1998 has the formula; statsmodels' proportion_confint gives these digits).
  const [low, high] = wilsonInterval(8, 10);
  expect(low).toBeCloseTo(0.4902, 4);
  expect(high).toBeCloseTo(0.9433, 4);
  expect(wilsonInterval(0, 0)).toEqual([0, 1]);
  expect(wilsonInterval(0, 20)[0]).toBe(0);
  expect(wilsonInterval(20, 20)[1]).toBe(1);
  expect(() => wilsonInterval(3, 2)).toThrow(/3 of 2 is not a share/);
});
