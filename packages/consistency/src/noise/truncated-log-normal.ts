/** A log-normal distribution of noise levels that is cut to an interval. */
export interface TruncatedLogNormal {
  /** Mean of ln sigma, before the cut. */
  pMean: number;
  /** Standard deviation of ln sigma, before the cut. */
  pStd: number;
  sigmaMin: number;
  sigmaMax: number;
}

/**
 * Turns uniform numbers into noise levels of a truncated log-normal distribution, in float64:
 * ln sigma = P_mean + P_std Phi^-1(Phi(a) + u (Phi(b) - Phi(a))), with a and b the standardized ends of the interval.
 *
 * @param uniform in [0, 1)
 */
export function truncatedLogNormal(
  uniform: ArrayLike<number>,
  { pMean, pStd, sigmaMin, sigmaMax }: TruncatedLogNormal,
): Float64Array {
  const probability = (sigma: number) => normalCdf((Math.log(sigma) - pMean) / pStd);
  const [low, high] = [probability(sigmaMin), probability(sigmaMax)];
  return Float64Array.from(uniform, (u) => Math.exp(pMean + pStd * normalQuantile(low + u * (high - low))));
}

const density = (x: number) => Math.exp(-(x ** 2) / 2) / Math.sqrt(2 * Math.PI);

/** Phi: the series 1/2 + phi(x) (x + x^3 / 3 + x^5 / (3 5) + ...), which has no cancellation (Marsaglia 2004). */
export function normalCdf(x: number): number {
  if (Math.abs(x) > 8.5) return x > 0 ? 1 : 0;
  let [term, sum] = [x, x];
  for (let i = 3; Math.abs(term) > 1e-17 * Math.abs(sum); i += 2) {
    term *= x ** 2 / i;
    sum += term;
  }
  return 0.5 + density(x) * sum;
}

/** Phi^-1, by Newton's method in an interval that is halved where a step would leave it. */
export function normalQuantile(p: number): number {
  let [low, high, x] = [-9, 9, 0];
  for (let i = 0; i < 100; i++) {
    const error = normalCdf(x) - p;
    if (error > 0) high = x;
    else low = x;
    const step = x - error / density(x);
    const next = step > low && step < high ? step : (low + high) / 2;
    if (Math.abs(next - x) < 1e-13) return next;
    x = next;
  }
  return x;
}
