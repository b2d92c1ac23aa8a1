/** Running count, mean and spread of a series of numbers (Welford 1962). */
export interface Moments {
  /** Count of the numbers. */
  num: number;
  mean: number;
  /** Sum of squared differences from the mean. */
  squares: number;
  /** Count of the samples that were NaN or infinite, which the others leave out; left out, 0. */
  nan?: number;
}

/** Adds a number to a series. One that is NaN or infinite is only counted. */
export function addSample(series: Moments, value: number): Moments {
  if (!Number.isFinite(value)) return countNan(series, 1);
  const { num, mean, squares } = series;
  const delta = value - mean;
  const newMean = mean + delta / (num + 1);
  return { ...series, num: num + 1, mean: newMean, squares: squares + delta * (value - newMean) };
}

/** Merges the moments of two series (Chan, Golub and LeVeque 1979). Those whose mean is not finite are only counted. */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (!Number.isFinite(a.mean)) return mergeMoments(countNan(NO_SAMPLES, a.num + (a.nan ?? 0)), b);
  if (!Number.isFinite(b.mean)) return countNan(a, b.num + (b.nan ?? 0));
  const num = a.num + b.num;
  const nan = (a.nan ?? 0) + (b.nan ?? 0);
  const merged =
    num === 0
      ? NO_SAMPLES
      : {
          num,
          mean: a.mean + ((b.mean - a.mean) * b.num) / num,
          squares: a.squares + b.squares + ((b.mean - a.mean) ** 2 * a.num * b.num) / num,
        };
  return countNan(merged, nan);
}

function countNan(series: Moments, count: number): Moments {
  return count === 0 ? series : { ...series, nan: (series.nan ?? 0) + count };
}

/**
 * Computes moments from sums over the series.
 *
 * @param num count of the numbers
 * @param sum of the numbers
 * @param sumOfSquares sum of their squares
 * @internal
 */
export function momentsFromSums(num: number, sum: number, sumOfSquares: number): Moments {
  if (num === 0) return NO_SAMPLES;
  return { num, mean: sum / num, squares: Math.max(sumOfSquares - sum ** 2 / num, 0) };
}

/** The moments of an empty series. */
export const NO_SAMPLES: Moments = { num: 0, mean: 0, squares: 0 };

/**
 * A statistic as stats.jsonl records it.
 *
 * @internal
 */
export interface Statistic {
  num: number;
  /** NaN (null in JSON) if there are no samples. */
  mean: number;
  /** Standard deviation of the population: divided by `num`. */
  std: number;
  /** Count of the samples that were NaN or infinite, and are not in the other numbers; left out, 0. */
  nan?: number;
}

/** Converts moments to the form that stats.jsonl records. */
export function statistic({ num, mean, squares, nan }: Moments): Statistic {
  const numbers = num === 0 ? { num, mean: NaN, std: NaN } : { num, mean, std: Math.sqrt(squares / num) };
  return nan === undefined ? numbers : { ...numbers, nan };
}
