import type { Denoiser } from '../denoiser.js';
import { withDefaults } from '../with-defaults.js';
import { karrasSchedule } from './karras-schedule.js';
import { clampRange, EDM_SAMPLER_DEFAULTS, type EdmSamplerOptions } from './sampler-options.js';

/** The noise levels that a sampler passes, without options for fresh noise. */
export type NoiseLevelOptions = Pick<EdmSamplerOptions, 'steps' | 'sigmaMin' | 'sigmaMax' | 'rho'>;

/**
 * The noise levels sigma_0 > ... > sigma_{N-1} > sigma_N = 0 of Eq. (5), Karras et al. 2022, within those that the network knows
 * and rounded to them.
 *
 * @throws RangeError naming an option that is out of range
 */
export function noiseLevels(options: NoiseLevelOptions, denoiser: Denoiser): number[] {
  const { steps, rho, ...range } = withDefaults(EDM_SAMPLER_DEFAULTS, options);
  const levels = karrasSchedule(steps, { ...clampRange(range, denoiser), rho });
  return [...levels.map((sigma) => denoiser.roundSigma(sigma)), 0];
}
