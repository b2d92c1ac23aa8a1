/** A quantity over seeds. */
export interface Spread {
  mean: number;
  /** Standard error of the mean; null for one seed. */
  error: number | null;
  /** Number of seeds. */
  count: number;
}

/**
 * The mean of a quantity over seeds, and its standard error s / sqrt(n), where s^2 is the unbiased sample variance.
 *
 * @returns null where there are no values
 */
export function spreadOf(values: readonly number[]): Spread | null {
  const count = values.length;
  if (count === 0) return null;
  const mean = values.reduce((a, b) => a + b, 0) / count;
  if (count === 1) return { mean, error: null, count };
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1);
  return { mean, error: Math.sqrt(variance / count), count };
}
