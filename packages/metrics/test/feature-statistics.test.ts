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
