import { karrasSigmaAt } from '@onestep/diffusion-core';

/** The range of noise levels. */
export interface NoiseRange {
  /** epsilon, where the student returns its input. */
  sigmaMin: number;
  /** sigma_max, where the path begins. */
  initSigma: number;
}

/**
 * The two noise levels of intervals of the schedule of Eq. (5), Karras et al. 2022, with rho = 7.
 *
 * @param indices of the intervals, from 0 at epsilon to `scales` - 2
 * @param scales N, the number of noise levels
 * @returns [N, 2]: the upper noise level, then the lower one
 */
export function intervalLevels(indices: ArrayLike<number>, scales: number, range: NoiseRange): Float32Array {
  const { sigmaMin, initSigma: sigmaMax } = range;
  const levels = new Float32Array(2 * indices.length);
  for (let n = 0; n < indices.length; n++) {
    const i = indices[n]!;
    levels[2 * n] = karrasSigmaAt((i + 1) / (scales - 1), { sigmaMin, sigmaMax });
    levels[2 * n + 1] = karrasSigmaAt(i / (scales - 1), { sigmaMin, sigmaMax });
  }
  return levels;
}
