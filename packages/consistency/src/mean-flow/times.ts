/** How the times of a step are drawn. */
export interface TimeDraws {
  trSampler: 'v0' | 'v1';
  pMeanT: number;
  pStdT: number;
  pMeanR: number;
  pStdR: number;
  /** Share of the images with r < t. */
  ratio: number;
  /** The times are at most this. */
  tmax: number;
}

/**
 * Turns random numbers into the times t and r <= t of each image. Both are logit-normal: t = t_max sigmoid(P_mean + P_std n).
 *
 * `v0` is the paper's sampler, and FastGen's: the larger of the two is t, and then some images get r = t. `v1` is the later one of
 * py-meanflow: some images get r = t, and then r is at most t. The images with r = t are the first m, where m is the number of uniform
 * numbers from `ratio` on.
 *
 * @param first standard normal, for t
 * @param second standard normal, for r
 * @param uniform in [0, 1)
 * @returns t and r of each image, in turns
 */
export function meanFlowTimes(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  uniform: ArrayLike<number>,
  { trSampler, pMeanT, pStdT, pMeanR, pStdR, ratio, tmax }: TimeDraws,
): Float64Array {
  const time = (n: number, mean: number, std: number) => tmax / (1 + Math.exp(-(mean + std * n)));
  const equal = Array.from(uniform).filter((u) => u >= ratio).length;
  const times = new Float64Array(2 * first.length);
  for (let i = 0; i < first.length; i++) {
    const [a, b] = [time(first[i]!, pMeanT, pStdT), time(second[i]!, pMeanR, pStdR)];
    const t = trSampler === 'v0' ? Math.max(a, b) : a;
    times[2 * i] = t;
    times[2 * i + 1] = i < equal ? t : Math.min(a, b);
  }
  return times;
}
