/** Count, mean and spread of a series of numbers, kept without the numbers (Welford 1962). */
export interface Moments {
  num: number;
  mean: number;
  /** Sum of squared differences from the mean. */
  squares: number;
}

/** Adds a number. */
export function addSample({ num, mean, squares }: Moments, value: number): Moments {
  const delta = value - mean;
  const newMean = mean + delta / (num + 1);
  return { num: num + 1, mean: newMean, squares: squares + delta * (value - newMean) };
}

/** The moments of two series together (Chan, Golub and LeVeque 1979). */
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

/** From the count, the sum and the sum of squares. */
export function momentsFromSums(num: number, sum: number, sumOfSquares: number): Moments {
  return { num, mean: sum / num, squares: Math.max(sumOfSquares - sum ** 2 / num, 0) };
}

/** The moments of no numbers at all. */
export const NO_SAMPLES: Moments = { num: 0, mean: 0, squares: 0 };

/** A statistic as stats.jsonl records it; the standard deviation is that of the population. */
export interface Statistic {
  num: number;
  mean: number;
  std: number;
}

export function statistic({ num, mean, squares }: Moments): Statistic {
  return { num, mean, std: Math.sqrt(squares / Math.max(num, 1)) };
}
