import type { Progress } from '../training/student-step.js';

/** The schedule of N. */
export interface DoublingOptions {
  /** s_0 */
  startScales: number;
  /** s_1 */
  endScales: number;
  /** K */
  totalTrainingSteps: number;
}

/**
 * The number of noise levels in iteration k, which doubles: N(k) = min(s_0 2^floor(k / K'), s_1) + 1 with
 * K' = floor(K / (log_2 floor(s_1 / s_0) + 1)), Song & Dhariwal 2023.
 */
export function doublingScalesAt({ iteration: k }: Pick<Progress, 'iteration'>, options: DoublingOptions): number {
  const { startScales: s0, endScales: s1, totalTrainingSteps } = options;
  const stage = Math.floor(totalTrainingSteps / (Math.log2(Math.floor(s1 / s0)) + 1));
  return Math.min(s0 * 2 ** Math.floor(k / Math.max(stage, 1)), s1) + 1;
}
