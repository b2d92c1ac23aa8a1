import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { philox4x32, Rng } from '../src/index.js';

const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox4x32', () => {
  // The known answers published with Random123 (Salmon et al. 2011).
  it.each([
    [[0, 0], [0, 0, 0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0xa4093822, 0x299f31d0], [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as [[number, number], [number, number, number, number], string][])(
    'key %j, counter %j',
    (key, counter, expected) => {
      const out = new Uint32Array(4);
      philox4x32(key, counter, out);
      expect(hex(out)).toBe(expected);
    },
  );
});

describe('Rng', () => {
  const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });

  it('continues from its state exactly', () => {
    fc.assert(
      fc.property(seeds, fc.string(), fc.integer({ min: 0, max: 50 }), (seed, name, n) => {
        const rng = new Rng(seed, name);
        rng.normal(n);
        const state: ReturnType<Rng['state']> = JSON.parse(JSON.stringify(rng.state()));
        expect(Rng.fromState(state).bits(9)).toEqual(rng.bits(9));
      }),
    );
  });

  it('gives every name a stream of its own, which no other one advances', () => {
    const rng = new Rng(5);
    const alone = rng.stream('noise').bits(8);
    rng.stream('labels').bits(100);
    expect(rng.stream('noise').bits(8)).toEqual(alone);
    expect(rng.stream('labels').bits(8)).not.toEqual(alone);
    expect(new Rng(6).stream('noise').bits(8)).not.toEqual(alone);
  });

  it('draws a part of normal numbers as it draws all of them, and goes on alike', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), fc.nat(40), fc.nat(9), (n, a, b, before) => {
        const [start, end] = [Math.min(a, b, n), Math.min(Math.max(a, b), n)];
        const [whole, part] = [new Rng(7, 'part'), new Rng(7, 'part')];
        for (const rng of [whole, part]) rng.bits(before);
        const [all, some] = [whole.normal(n), part.normal(n, { start, end })];
        expect(some).toHaveLength(n);
        expect(some.subarray(start, end)).toEqual(all.subarray(start, end));
        expect(part.state()).toEqual(whole.state());
      }),
    );
  });

  it('draws uniform and normal numbers with the right moments', () => {
    const n = 200_000;
    const moments = (values: ArrayLike<number>) => {
      const list = Array.from(values);
      const mean = list.reduce((a, b) => a + b, 0) / n;
      return [mean, list.reduce((sum, v) => sum + (v - mean) ** 2, 0) / n];
    };
    const [uniformMean, uniformVariance] = moments(new Rng(1).uniform(n, -1, 1));
    expect(uniformMean).toBeCloseTo(0, 2);
    expect(uniformVariance).toBeCloseTo(1 / 3, 2);
    const [normalMean, normalVariance] = moments(new Rng(2).normal(n));
    expect(normalMean).toBeCloseTo(0, 2);
    expect(normalVariance).toBeCloseTo(1, 1);
  });

  it('draws integers below their bound, and permutations', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 300 }), (seed, n) => {
        const rng = new Rng(seed);
        expect(rng.integers(20, n).every((value) => value >= 0 && value < n)).toBe(true);
        expect([...rng.permutation(n)].sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
      }),
    );
  });

  it('refuses seeds that are not integers from 0 on', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53]) expect(() => new Rng(seed)).toThrow(RangeError);
  });
});
