import { Rng } from '@onestep/random';
import { expect, it } from 'vitest';
import { FeatureStatistics } from '../src/index.js';

const DIM = 5;
const features = new Rng(1).normal(100 * DIM).map((value, i) => value * (1 + (i % DIM)) + 3);

/** The covariance by its definition. */
function covarianceByDefinition(divisor: number) {
  const mean = Array.from({ length: DIM }, (_, i) => {
    let sum = 0;
    for (let n = 0; n < 100; n++) sum += features[n * DIM + i]!;
    return sum / 100;
  });
  return mean.map((_, i) =>
    mean.map((_, j) => {
      let sum = 0;
      for (let n = 0; n < 100; n++) sum += (features[n * DIM + i]! - mean[i]!) * (features[n * DIM + j]! - mean[j]!);
      return sum / divisor;
    }),
  );
}

it('gives the covariance by definition from batches and merged parts', () => {
  const one = new FeatureStatistics(DIM);
  one.add(features.subarray(0, 30 * DIM), 30);
  one.add(features.subarray(30 * DIM, 60 * DIM), 30);
  const other = new FeatureStatistics(DIM);
  other.add(features.subarray(60 * DIM), 40);
  // The second part might come from another process.
  one.merge(FeatureStatistics.from(structuredClone(other.state())));
  expect(one.count).toBe(100);
  const unbiased = one.covariance();
  const biased = one.covariance({ divisor: 'n' });
  covarianceByDefinition(99)
    .flat()
    .forEach((value, i) => expect(unbiased[i]).toBeCloseTo(value, 10));
  covarianceByDefinition(100)
    .flat()
    .forEach((value, i) => expect(biased[i]).toBeCloseTo(value, 10));
});

it('sums the products of batches of any size, of few features and of many', () => {
  for (const dim of [6, 261]) {
    const count = 300;
    const values = new Rng(dim).normal(count * dim);
    const whole = new FeatureStatistics(dim);
    for (const [start, end] of [
      [0, 3],
      [3, 4],
      [4, count],
    ] as const) {
      whole.add(values.subarray(start * dim, end * dim), end - start);
    }
    const { products, sum } = FeatureStatistics.from(whole.state()).state();
    for (let i = 0; i < dim; i += 5) {
      let total = 0;
      for (let n = 0; n < count; n++) total += values[n * dim + i]!;
      expect(sum[i]).toBeCloseTo(total, 10);
      for (let j = 0; j <= i; j++) {
        let expected = 0;
        for (let n = 0; n < count; n++) expected += values[n * dim + i]! * values[n * dim + j]!;
        if (Math.abs(products[i * dim + j]! - expected) > 1e-10) expect(products[i * dim + j]).toBe(expected);
      }
    }
  }
});

it('refuses input of the wrong size, NaN, and too few images', () => {
  const statistics = new FeatureStatistics(2);
  expect(() => statistics.mean()).toThrow(/no images/);
  expect(() => statistics.add(new Float32Array(5), 2)).toThrow(/2 feature vectors of length 2 are 4 numbers, not 5/);
  expect(() => statistics.add(Float32Array.of(0, 0, NaN, 0), 2)).toThrow(/Feature 0 of image 1 is NaN/);
  statistics.add(Float32Array.of(1, 2), 1);
  expect(() => statistics.covariance()).toThrow(/at least 2 images, not 1/);
  expect(statistics.covariance({ divisor: 'n' })).toEqual(new Float64Array(4));
  expect(() => statistics.merge(new FeatureStatistics(3))).toThrow(/3 features/);
});
