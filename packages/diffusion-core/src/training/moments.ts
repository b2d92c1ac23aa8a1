/** Running count, mean and spread of a series of numbers (Welford 1962). */
export interface Moments {
  /** Count of the numbers. */
  num: number;
  mean: number;
  /** Sum of squared differences from the mean. */
  squares: number;
}

/** Adds a number to a series. */
export function addSample({ num, mean, squares }: Moments, value: number): Moments {
  const delta = value - mean;
  const newMean = mean + delta / (num + 1);
  return { num: num + 1, mean: newMean, squares: squares + delta * (value - newMean) };
}

/** Merges the moments of two series (Chan, Golub and LeVeque 1979). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  const num = a.num + b.num;
  if (num === 0) return NO_SAMPLES;
  const delta = b.mean - a.mean;
  return {
    num,
    mean: a.mean + (delta * b.num) / num,
    squares: a.squares + b.squares + (delta ** 2 * a.num * b.num) / num,
  };
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
  mean: number;
  /** Standard deviation of the population: divided by `num`. */
  std: number;
}

/** Converts moments to the form that stats.jsonl records. */
export function statistic({ num, mean, squares }: Moments): Statistic {
  return { num, mean, std: Math.sqrt(squares / Math.max(num, 1)) };
}
