import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { doublingScalesAt, drawIntervals, ict, ictStep, intervalShares } from '@onestep/consistency';
import { karrasSchedule } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

const options = ict.settle({});
const rising = (scales: number) => karrasSchedule(scales).reverse();

describe('the number of noise levels of iCT', () => {
  it.each([
    [0, 11],
    [49_999, 11],
    [50_000, 21],
    [100_000, 41],
    [349_999, 641],
    [350_000, 1281],
    [400_000, 1281],
    [1e6, 1281],
  ])('in iteration %d is %d', (iteration, scales) => {
    expect(doublingScalesAt({ iteration }, options)).toBe(scales);
  });

  it('doubles its intervals in equal stages, up to the last', () => {
    const settings = fc.record({
      startScales: fc.integer({ min: 1, max: 20 }),
      endScales: fc.integer({ min: 20, max: 2000 }),
      totalTrainingSteps: fc.integer({ min: 1, max: 1e6 }),
    });
    fc.assert(
      fc.property(settings, fc.nat(2e6), (schedule, iteration) => {
        const intervals = doublingScalesAt({ iteration }, schedule) - 1;
        const doublings = Math.log2(intervals / schedule.startScales);
        expect(Number.isInteger(doublings) || intervals === schedule.endScales).toBe(true);
        expect(doublingScalesAt({ iteration: iteration + 1 }, schedule) - 1).toBeGreaterThanOrEqual(intervals);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the shares of the intervals', () => {
  const PUBLISHED = [0.062633, 0.181737, 0.245501, 0.213494, 0.142446, 0.080605, 0.04108, 0.01958, 0.008944, 0.00398];

  it('of 11 noise levels have the published values', () => {
    const shares = intervalShares(rising(11), options);
    expect(shares).toHaveLength(10);
    for (const [i, share] of shares.entries()) expect(share).toBeCloseTo(PUBLISHED[i]!, 6);
  });

  it('add up to 1 for any number of levels, and none is negative', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.double({ min: -4, max: 2, noNaN: true }), (scales, pMean) => {
        const shares = intervalShares(rising(scales), { pMean, pStd: 2 });
        expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 10);
        expect(Math.min(...shares)).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 30 },
    );
  });

  it('are those of the intervals that are drawn', () => {
    const shares = intervalShares(rising(11), options);
    const drawn = drawIntervals(new Rng(1).uniform(20_000), shares);
    for (const [i, share] of shares.entries()) {
      const count = drawn.filter((interval) => interval === i).length;
      // Four standard deviations of a binomial count.
      expect(Math.abs(count - 20_000 * share)).toBeLessThan(4 * Math.sqrt(20_000 * share));
    }
    expect([...drawIntervals([0, 1 - 1e-16], shares)]).toEqual([0, 9]);
  });

  it('decide which pairs of levels a batch has', () => {
    const levels = ictStep.draws.levels!.draw(new Rng(1), 1000, { iteration: 0, imagesSeen: 0 }, options);
    const uppers = rising(11).slice(1);
    const below = (sigma: number) => levels.filter((level, i) => i % 2 === 0 && level < sigma * 1.001).length / 1000;
    expect(below(uppers[2]!)).toBeGreaterThan(0.4);
    expect(below(uppers[2]!)).toBeLessThan(0.58);
  });
});
