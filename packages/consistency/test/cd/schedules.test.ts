import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { intervalLevels, scalesAt, targetEmaAt, type ScheduleOptions } from '@onestep/consistency';

const adaptive = (startEma: number, startScales: number, endScales: number): ScheduleOptions => ({
  targetEmaMode: 'adaptive',
  startEma,
  scaleMode: 'progressive',
  startScales,
  endScales,
  totalTrainingSteps: 800_000,
});
const range = { sigmaMin: 0.002, initSigma: 80 };

describe('the schedules of CT', () => {
  it.each([
    [0, 0.81, 2],
    [1, 0.9, 3],
    [1000, 0.9587315, 6],
    [1e4, 0.9869163, 17],
    [1e5, 0.996032, 54],
    [8e5, 0.9985962, 151],
  ])('in iteration %d of the published run on CIFAR-10', (iteration, targetEma, scales) => {
    expect(targetEmaAt({ iteration }, adaptive(0.9, 2, 150))).toBeCloseTo(targetEma, 7);
    expect(scalesAt({ iteration }, adaptive(0.9, 2, 150))).toBe(scales);
  });

  it.each([
    [0, 0.9025, 2],
    [8e5, 0.9994872, 201],
    [9e5, 0.9994872, 201],
  ])('in iteration %d of the published run on ImageNet, which may go on', (iteration, targetEma, scales) => {
    expect(targetEmaAt({ iteration }, adaptive(0.95, 2, 200))).toBeCloseTo(targetEma, 7);
    expect(scalesAt({ iteration }, adaptive(0.95, 2, 200))).toBe(scales);
  });

  it('stay where they are fixed, and may be fixed one by one', () => {
    const fixed = { ...adaptive(0.95, 40, 60), targetEmaMode: 'fixed', scaleMode: 'fixed' } as const;
    expect(scalesAt({ iteration: 1e5 }, fixed)).toBe(40);
    expect(targetEmaAt({ iteration: 1e5 }, fixed)).toBe(0.95);
    expect(targetEmaAt({ iteration: 1e5 }, { ...fixed, scaleMode: 'progressive' })).toBe(0.95);
    expect(scalesAt({ iteration: 8e5 }, { ...fixed, scaleMode: 'progressive' })).toBe(61);
  });

  it('only ever grow', () => {
    const iterations = fc.tuple(fc.nat(1e6), fc.nat(1e6));
    const scales = fc.tuple(fc.integer({ min: 2, max: 50 }), fc.integer({ min: 50, max: 300 }));
    fc.assert(
      fc.property(iterations, scales, ([a, b], [startScales, endScales]) => {
        const options = adaptive(0.9, startScales, endScales);
        const [early, late] = [{ iteration: Math.min(a, b) }, { iteration: Math.max(a, b) }];
        expect(scalesAt(late, options)).toBeGreaterThanOrEqual(scalesAt(early, options));
        expect(targetEmaAt(late, options)).toBeGreaterThanOrEqual(targetEmaAt(early, options));
        expect(scalesAt(late, options)).toBeLessThanOrEqual(endScales + 1);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the noise levels', () => {
  it.each([
    [18, 16, 80, 57.58598],
    [18, 8, 3.256822, undefined],
    [18, 0, 0.00752802, 0.002],
    [40, 37, 69.45095, undefined],
    [40, 16, 1.382368, undefined],
    [201, 93, 1.912844, undefined],
  ])('of %d have the published values in interval %d', (scales, interval, upper, lower) => {
    const levels = intervalLevels([interval], scales, range);
    if (upper !== undefined) expect(levels[0]! / upper).toBeCloseTo(1, 5);
    if (lower !== undefined) expect(levels[1]! / lower).toBeCloseTo(1, 5);
  });

  it('join: an interval begins where the one before ends', () => {
    const levels = intervalLevels([0, 1, 2, 3, 4], 6, range);
    for (let i = 0; i < 4; i++) expect(levels[2 * i]).toBe(levels[2 * i + 3]);
    expect(levels[1]).toBeCloseTo(range.sigmaMin, 8);
    expect(levels[8]).toBeCloseTo(range.initSigma, 4);
  });
});
