import type { Denoiser } from '../../denoiser.js';
import { fitVpSchedule } from '../../noise/vp-schedule.js';
import { withDefaults } from '../../with-defaults.js';
import {
  checkChurn,
  checkSteps,
  churnFactor,
  clampRange,
  EDM_SAMPLER_DEFAULTS,
  type EdmSamplerOptions,
} from '../sampler-options.js';
import { DISCRETIZATIONS } from './discretizations.js';
import { NOISE_SCHEDULES, type NoiseSchedule } from './noise-schedules.js';
import { SCALINGS, type Scaling } from './scalings.js';

/** Settings of {@link ablationSampler}, with the published names and defaults. */
export interface AblationSamplerOptions extends EdmSamplerOptions {
  /** Euler's method, or a second-order method (heun). */
  solver?: 'euler' | 'heun';
  /** How the noise levels are spaced (edm). It also decides the defaults of `sigmaMin` and `sigmaMax`. */
  discretization?: keyof typeof DISCRETIZATIONS;
  /** sigma(t) (linear) */
  schedule?: keyof typeof NOISE_SCHEDULES;
  /** s(t) (none) */
  scaling?: keyof typeof SCALINGS;
  /** Time of the lowest noise level under `vp` (0.001). */
  epsilonS?: number;
  /** C_1 of `iddpm` (0.001): lower bound of the ratio of successive alpha-bars. */
  c1?: number;
  /** C_2 of `iddpm` (0.008): offset of the cosine. */
  c2?: number;
  /** M of `iddpm` (1000): number of time steps. */
  timesteps?: number;
  /** Position of the second evaluation within a step (1): 1 is Heun's method, 1/2 the midpoint method. */
  alpha?: number;
}

/** The path through the noise levels that the sampler's loop follows. */
export interface AblationPath {
  /** The times t_0, ..., t_N = 0. */
  times: number[];
  /** The times \hat t_0, ..., \hat t_{N-1} after the fresh noise. */
  raisedTimes: number[];
  schedule: NoiseSchedule;
  scaling: Scaling;
  isSecondOrder: boolean;
  alpha: number;
  sNoise: number;
}

/** The range of noise levels among them is replaced by the discretization's. */
const DEFAULTS: Required<AblationSamplerOptions> = {
  ...EDM_SAMPLER_DEFAULTS,
  solver: 'heun',
  discretization: 'edm',
  schedule: 'linear',
  scaling: 'none',
  epsilonS: 1e-3,
  c1: 0.001,
  c2: 0.008,
  timesteps: 1000,
  alpha: 1,
};

/**
 * Computes the path that the options describe, within the noise levels that the network knows.
 *
 * @throws RangeError naming an option that is out of range
 */
export function ablationPath(given: AblationSamplerOptions, denoiser: Denoiser): AblationPath {
  const options = withDefaults(DEFAULTS, given);
  check(options);
  const { steps, epsilonS, alpha, sNoise } = options;
  const discretization = DISCRETIZATIONS[options.discretization];
  const { sigmaMin, sigmaMax } = given;
  const range = clampRange(withDefaults(discretization.range(epsilonS), { sigmaMin, sigmaMax }), denoiser);
  const schedule = NOISE_SCHEDULES[options.schedule](fitVpSchedule(range.sigmaMin, range.sigmaMax, epsilonS));
  const timeOf = (sigma: number) => {
    const time = schedule.time(denoiser.roundSigma(sigma));
    if (Number.isFinite(time)) return time;
    throw new RangeError(
      `The ${options.schedule} schedule from sigma_min ${range.sigmaMin} at ${epsilonS} to sigma_max ${range.sigmaMax} ` +
        `does not reach a noise level of ${sigma.toPrecision(3)}: choose a lower sigma_min or S_churn.`,
    );
  };
  const times = discretization.sigmas({ ...options, ...range }).map(timeOf);
  const raisedTimes = times.map((t) => {
    const sigma = schedule.sigma(t);
    return timeOf(sigma * (1 + churnFactor(sigma, steps, options)));
  });
  return {
    times: [...times, 0],
    raisedTimes,
    schedule,
    scaling: SCALINGS[options.scaling](schedule),
    isSecondOrder: options.solver === 'heun',
    alpha,
    sNoise,
  };
}

function check(options: typeof DEFAULTS): void {
  const { steps, epsilonS, alpha, timesteps } = options;
  checkSteps(steps);
  checkChurn(options);
  checkChoice('solver', options.solver, ['euler', 'heun']);
  checkChoice('discretization', options.discretization, Object.keys(DISCRETIZATIONS));
  checkChoice('schedule', options.schedule, Object.keys(NOISE_SCHEDULES));
  checkChoice('scaling', options.scaling, Object.keys(SCALINGS));
  if (!(epsilonS > 0 && epsilonS < 1)) throw new RangeError(`epsilon_s must be between 0 and 1, not ${epsilonS}.`);
  if (!(alpha > 0 && alpha <= 1)) throw new RangeError(`alpha must be above 0 and at most 1, not ${alpha}.`);
  if (!(Number.isInteger(timesteps) && timesteps > 0)) {
    throw new RangeError(`M must be a positive integer, not ${timesteps}.`);
  }
}

function checkChoice(what: string, given: string, known: readonly string[]): void {
  if (!known.includes(given)) throw new RangeError(`There is no ${what} ${given}: choose from ${known.join(', ')}.`);
}
