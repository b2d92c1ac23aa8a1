import { logNormalTimes } from '../ect/times.js';
import type { Draw, Progress } from '../training/student-step.js';
import type { TcmOptions } from './options.js';
import { TruncatedStudentT } from './truncated-student-t.js';

/** Whether the truncated training has begun: 1, or 0 in the first stage. */
export function stageOf({ imagesSeen }: Progress, { firstStageKimg }: TcmOptions): 0 | 1 {
  return imagesSeen < firstStageKimg * 1000 ? 0 : 1;
}

/** Images of a batch that learn the boundary, in the truncated training. */
export function boundaryCount({ batch, boundaryShare }: TcmOptions): number {
  return Math.floor(boundaryShare * batch);
}

/**
 * Times between t' and the highest, whose logarithm has a truncated Student's t-distribution.
 *
 * @param shares uniform draws in (0, 1)
 */
export function truncatedTimes(
  shares: ArrayLike<number>,
  { transition, tMax, initSigma, truncatedMean: mean, truncatedStd: std, truncatedDf: df }: TcmOptions,
): Float32Array {
  const scaled = (t: number) => (Math.log(t) - mean) / std;
  const distribution = new TruncatedStudentT(df, scaled(transition), scaled(tMax ?? initSigma));
  return Float32Array.from(shares, (share) => Math.exp(mean + std * distribution.quantile(share)));
}

/** Times t: in the first stage those of ECT, then truncated. */
export const times: Draw<TcmOptions> = {
  draw(rng, n, progress, options) {
    if (stageOf(progress, options) === 0) return logNormalTimes.draw(rng, n, progress, options);
    return truncatedTimes(rng.uniform(n), options);
  },
};

/** 1 for the images that learn the boundary, 0 for the others. */
export const boundaries: Draw<TcmOptions> = {
  draw(rng, n, progress, options) {
    const isBoundary = new Float32Array(n);
    if (stageOf(progress, options) === 0) return isBoundary;
    for (const index of rng.permutation(n).subarray(0, boundaryCount(options))) isBoundary[index] = 1;
    return isBoundary;
  },
};
