import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InfiniteSampler } from '../src/index.js';

const draw = (sampler: InfiniteSampler, n: number) => Array.from({ length: n }, () => sampler.next());

it('no index comes twice within length - window + 1 draws, and every index comes again', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.nat(), (length, seed) => {
      const drawn = draw(new InfiniteSampler(length, seed), length * 20);
      const span = length - Math.round(length / 2) + 1;
      const last = new Map<number, number>();
      let shortest = Infinity;
      for (const [i, index] of drawn.entries()) {
        if (last.has(index)) shortest = Math.min(shortest, i - last.get(index)!);
        last.set(index, i);
      }
      if (length > 1) expect(shortest).toBeGreaterThanOrEqual(Math.min(span, length));
      expect([...last.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length }, (_, i) => i));
    }),
    { numRuns: 200 },
  );
});

it('a sampler continues exactly where its state was taken', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 50 }), fc.nat(), fc.integer({ min: 0, max: 9000 }), (length, seed, n) => {
      const sampler = new InfiniteSampler(length, seed);
      draw(sampler, n);
      const state = JSON.parse(JSON.stringify(sampler.state()));
      expect(draw(InfiniteSampler.fromState(state), 100)).toEqual(draw(sampler, 100));
    }),
    { numRuns: 50 },
  );
});

it('over many passes every index comes equally often, and seeds differ', () => {
  const counts = new Array<number>(100).fill(0);
  for (const index of draw(new InfiniteSampler(100, 3), 100_000)) counts[index]! += 1;
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(100);
  expect(draw(new InfiniteSampler(100, 3), 100)).not.toEqual(draw(new InfiniteSampler(100, 4), 100));
});

it('passes differ', () => {
  const sampler = new InfiniteSampler(50, 0);
  expect(draw(sampler, 50)).not.toEqual(draw(sampler, 50));
});

it.each([0, -1, 1.5, NaN])('a length of %s is refused', (length) => {
  expect(() => new InfiniteSampler(length, 0)).toThrow(/length from 1/);
});
