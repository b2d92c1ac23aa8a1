import type { Denoiser } from '../denoiser.js';

/** The lowest and the highest noise level of a sampling path. */
export interface NoiseRange {
  sigmaMin: number;
  sigmaMax: number;
}

/**
 * The part of a range that the network knows.
 *
 * @throws RangeError if that is nothing, or the range is none
 */
export function knownRange({ sigmaMin, sigmaMax }: NoiseRange, denoiser: Denoiser): NoiseRange {
  if (!(sigmaMin > 0 && sigmaMin <= sigmaMax)) {
    throw new RangeError(`The noise levels must be 0 < sigma_min <= sigma_max, not ${sigmaMin} and ${sigmaMax}.`);
  }
  const known = { sigmaMin: Math.max(sigmaMin, denoiser.sigmaMin), sigmaMax: Math.min(sigmaMax, denoiser.sigmaMax) };
  if (known.sigmaMin <= known.sigmaMax) return known;
  throw new RangeError(
    `The noise levels from ${sigmaMin} to ${sigmaMax} are not those of this network, ` +
      `which knows ${denoiser.sigmaMin} to ${denoiser.sigmaMax}.`,
  );
}
