import fc from 'fast-check';
import { Rng } from '@onestep/random';
import { expect, it } from 'vitest';
import { FeatureStatistics, frechetDistance, type GaussianMoments } from '../src/index.js';
import { traceSqrtProduct } from '../src/linalg/trace-sqrt-product.js';
import { turn } from './support/matrices.js';

const diagonal = (mean: number[], variances: number[]): GaussianMoments => {
  const covariance = new Float64Array(mean.length ** 2);
  variances.forEach((variance, i) => (covariance[i * mean.length + i] = variance));
  return { mean: Float64Array.from(mean), covariance };
};

it('is, for independent features, the sum of (m1 - m2)^2 + (s1 - s2)^2', () => {
  const number = fc.double({ min: -10, max: 10, noNaN: true });
  const deviation = fc.oneof(fc.constant(0), fc.double({ min: 1e-3, max: 10, noNaN: true }));
  const feature = fc.tuple(number, deviation, number, deviation);
  fc.assert(
    fc.property(fc.array(feature, { minLength: 1, maxLength: 12 }), (features) => {
      const a = diagonal(
        features.map(([m]) => m),
        features.map(([, s]) => s ** 2),
      );
      const b = diagonal(
        features.map(([, , m]) => m),
        features.map(([, , , s]) => s ** 2),
      );
      const expected = features.reduce((sum, [m1, s1, m2, s2]) => sum + (m1 - m2) ** 2 + (s1 - s2) ** 2, 0);
      expect(Math.abs(frechetDistance(a, b) - expected)).toBeLessThan(1e-6 * (1 + expected));
    }),
  );
});

/** Statistics of `n` vectors of correlated features. */
function sampleMoments(seed: number, n: number, dim: number): GaussianMoments {
  const rng = new Rng(seed);
  const mixing = rng.normal(dim * dim);
  const noise = rng.normal(n * dim);
  const features = Float64Array.from({ length: n * dim }, (_, at) => {
    const [image, i] = [Math.floor(at / dim), at % dim];
    let sum = i / 10;
    for (let k = 0; k < dim; k++) sum += mixing[i * dim + k]! * noise[image * dim + k]!;
    return sum;
  });
  const statistics = new FeatureStatistics(dim);
  statistics.add(features, n);
  return { mean: statistics.mean(), covariance: statistics.covariance() };
}

it.each([
  [200, 20],
  [10, 30],
])('is 0 to itself, symmetric, and scales with s^2, for %i images and %i features', (n, dim) => {
  const [a, b] = [sampleMoments(1, n, dim), sampleMoments(2, n, dim)];
  const distance = frechetDistance(a, b);
  const size = a.covariance.reduce((sum, value, i) => (i % (dim + 1) === 0 ? sum + value : sum), 0);
  expect(Math.abs(frechetDistance(a, a))).toBeLessThan(1e-6 * size);
  expect(distance).toBeGreaterThan(0);
  expect(frechetDistance(b, a) / distance).toBeCloseTo(1, 9);
  const scaled = ({ mean, covariance }: GaussianMoments, s: number) => ({
    mean: mean.map((value) => value * s),
    covariance: covariance.map((value) => value * s * s),
  });
  expect(frechetDistance(scaled(a, 3), scaled(b, 3)) / distance).toBeCloseTo(9, 7);
});

/** Standard deviations, some of which are zero or small. */
const deviations = fc.array(fc.oneof(fc.double({ min: 1e-3, max: 10, noNaN: true }), fc.constantFrom(0, 1e-4, 1)), {
  minLength: 2,
  maxLength: 120,
  size: 'max',
});

it('is the sum of (s1 - s2)^2 for covariances with the same eigenvectors, with and without WebAssembly', () => {
  fc.assert(
    fc.property(deviations, fc.nat(), (s1, seed) => {
      const s2 = [...s1.slice(1), 0.5];
      const [a, b] = [s1, s2].map((s) =>
        turn(
          s.map((value) => value ** 2),
          seed,
        ),
      ) as [Float64Array, Float64Array];
      const mean = new Float64Array(s1.length);
      const size = s1.reduce((sum, s) => sum + s ** 2, 1);
      const expected = s1.reduce((sum, s, i) => sum + (s - s2[i]!) ** 2, 0);
      const distance = frechetDistance({ mean, covariance: a }, { mean, covariance: b });
      expect(Math.abs(distance - expected)).toBeLessThan(1e-7 * size);
      const [fast, plain] = [false, true].map((plain) => traceSqrtProduct(a, b, s1.length, { plain })) as [
        number,
        number,
      ];
      expect(Math.abs(fast - plain)).toBeLessThan(1e-7 * size);
    }),
    { numRuns: 20 },
  );
});

it('refuses statistics of different sizes, and NaN', () => {
  expect(() => frechetDistance(diagonal([0, 0], [1, 1]), diagonal([0], [1]))).toThrow(/another detector/);
  expect(() => frechetDistance(diagonal([0], [NaN]), diagonal([0], [1]))).toThrow(/NaN/);
});
