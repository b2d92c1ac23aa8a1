import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decaysOf, fitProfile, recordedDecays, trainingSteps, type EmaLength } from '@onestep/diffusion-core';
import { addProfile, innerProducts } from '../src/ema/ema-profile.js';

const width = fc.double({ min: 0.01, max: 0.28, noNaN: true });
const length: fc.Arbitrary<EmaLength> = fc.oneof(
  fc.record({ sigmaRel: width }),
  fc.record({ mu: fc.double({ min: 0.1, max: 0.999, noNaN: true }) }),
  fc.record({
    halfLifeKimg: fc.double({ min: 0, max: 10, noNaN: true }),
    rampUpRatio: fc.option(fc.double({ min: 0.01, max: 1, noNaN: true })),
  }),
);
const history = (each: EmaLength, batch = 100) => [{ from: 0, batch, length: each }];
const expand = (profile: { decays: Float64Array; steps: number }) =>
  addProfile(new Float64Array(profile.steps + 1), profile);
const dot = (a: Float64Array, b: Float64Array) =>
  a.slice(0, Math.min(a.length, b.length)).reduce((sum, value, i) => sum + value * b[i]!, 0);

/** Averages of a training of `count` steps, stored every `every` steps. */
function stored(lengths: readonly EmaLength[], count: number, every: number) {
  const decays = lengths.map((each) => recordedDecays(history(each), 100 * count));
  const times = Array.from({ length: Math.floor(count / every) }, (_, i) => (i + 1) * every);
  return times.flatMap((steps) => decays.map((each) => ({ decays: each, steps })));
}
function fitTo(wanted: EmaLength, lengths: readonly EmaLength[], count: number, every: number) {
  const steps = trainingSteps(history(wanted), 100 * count);
  const profile = { decays: decaysOf(wanted, steps), steps: count };
  const profiles = stored(lengths, count, every);
  return { profile, profiles, ...fitProfile(profile, profiles) };
}

describe('the profile of an EMA', () => {
  it('is what the recursion makes of the weights of each step, and sums to 1', () => {
    fc.assert(
      fc.property(length, fc.integer({ min: 1, max: 40 }), (each, count) => {
        const decays = recordedDecays(history(each), 100 * count);
        const profile = expand({ decays, steps: count });
        expect(profile.reduce((a, b) => a + b)).toBeCloseTo(1, 12);
        const weight = (k: number) => Math.sin(3 * k);
        const average = decays.reduce((e, beta, k) => weight(k + 1) + beta * (e - weight(k + 1)), weight(0));
        expect(profile.reduce((sum, share, k) => sum + share * weight(k), 0)).toBeCloseTo(average, 10);
      }),
    );
  });

  it('has inner products that follow from those of the step before', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(length, fc.integer({ min: 1, max: 30 })), { minLength: 2, maxLength: 4 }),
        (all) => {
          const profiles = all.map(([each, steps]) => ({ decays: recordedDecays(history(each), 3000), steps }));
          const rows = innerProducts(profiles, profiles);
          profiles.forEach((a, i) =>
            profiles.forEach((b, j) => expect(rows[i]![j]).toBeCloseTo(dot(expand(a), expand(b)), 10)),
          );
        },
      ),
    );
  });

  it('changes with the batch and the length in the middle of a training', () => {
    const [first, second]: EmaLength[] = [{ mu: 0.5 }, { halfLifeKimg: 0.2, rampUpRatio: null }];
    const changed = [
      { from: 0, batch: 100, length: first! },
      { from: 300, batch: 200, length: second! },
    ];
    expect([...trainingSteps(changed, 700).images]).toEqual([100, 200, 300, 500, 700]);
    expect([...recordedDecays(changed, 700)]).toEqual([0.5, 0.5, 0.5, 0.5, 0.5]);
  });
});

describe('a fit of profiles', () => {
  it('is exact, and one average alone, where the wanted one was stored', () => {
    const lengths = [{ sigmaRel: 0.05 }, { sigmaRel: 0.1 }, { halfLifeKimg: 5, rampUpRatio: 0.05 }];
    for (const wanted of lengths) {
      const { coefficients, error } = fitTo(wanted, lengths, 320, 40);
      expect(error).toBeLessThan(1e-12);
      expect([...coefficients].filter((value) => value !== 0)).toEqual([1]);
    }
  });

  it('comes as close as Karras et al. do with widths 0.05 and 0.10, the closer the more often they are stored', () => {
    const lengths = [{ sigmaRel: 0.05 }, { sigmaRel: 0.1 }];
    const error = (sigmaRel: number, count: number) => fitTo({ sigmaRel }, lengths, 4096, 4096 / count).error;
    for (const sigmaRel of [0.06, 0.075, 0.125, 0.15]) {
      const errors = [8, 16, 32, 64].map((count) => error(sigmaRel, count));
      expect(errors[0]).toBeLessThan(0.04);
      expect(errors[3]).toBeLessThan(1e-3);
      for (const [i, each] of errors.slice(1).entries()) expect(each).toBeLessThan(errors[i]! / 3);
    }
  });

  it('is the best of all combinations that sum to 1', () => {
    const wanted = { sigmaRel: 0.08 };
    const { profile, profiles, coefficients, error } = fitTo(wanted, [{ sigmaRel: 0.05 }, { mu: 0.98 }], 200, 50);
    expect(coefficients.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
    const errorOf = (x: Float64Array) => {
      const difference = expand(profile).map((value) => -value);
      profiles.forEach((each, i) => addProfile(difference, each, x[i]));
      return Math.sqrt(dot(difference, difference) / dot(expand(profile), expand(profile)));
    };
    expect(errorOf(coefficients)).toBeCloseTo(error, 10);
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -0.05, max: 0.05, noNaN: true }), { minLength: 8, maxLength: 8 }),
        (shift) => {
          const mean = shift.reduce((a, b) => a + b) / 8;
          const other = coefficients.map((value, i) => value + shift[i]! - mean);
          expect(errorOf(other)).toBeGreaterThanOrEqual(error - 1e-9);
        },
      ),
    );
  });
});
