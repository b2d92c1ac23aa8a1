import type { Denoiser } from '../../denoiser.js';
import { fitVpSchedule } from '../../noise/vp-schedule.js';
import { CHURN_DEFAULTS, checkChurn, churnFactor } from '../churn.js';
import type { EdmSamplerOptions } from '../edm-sampler.js';
import { knownRange } from '../noise-range.js';
import { checkSteps, withDefaults } from '../sampler-options.js';
import { DISCRETIZATIONS } from './discretizations.js';
import { NOISE_SCHEDULES, type NoiseSchedule } from './noise-schedules.js';
import { SCALINGS, type Scaling } from './scalings.js';

/** Settings of {@link ablationSampler}, with the published names and defaults. */
export interface AblationSamplerOptions extends EdmSamplerOptions {
  /** Euler's method, or a second-order one (heun). */
  solver?: 'euler' | 'heun';
  /** How the noise levels are spaced (edm); it also chooses the range that `sigmaMin` and `sigmaMax` default to. */
  discretization?: keyof typeof DISCRETIZATIONS;
  /** sigma(t) (linear) */
  schedule?: keyof typeof NOISE_SCHEDULES;
  /** s(t) (none) */
  scaling?: keyof typeof SCALINGS;
  /** Time of the lowest noise level under `vp` (0.001). */
  epsilonS?: number;
  /** C_1, C_2 and M of `iddpm` (0.001, 0.008 and 1000). */
  c1?: number;
  c2?: number;
  timesteps?: number;
  /** Where in a step the second evaluation is (1): 1 is Heun's method, 1/2 the midpoint method. */
  alpha?: number;
}

/** Everything the sampler's loop needs to know. */
export interface AblationPath {
  /** The times t_0, ..., t_N = 0. */
  times: number[];
  /** The times \hat t_0, ..., \hat t_{N-1} that fresh noise raises them to. */
  raisedTimes: number[];
  schedule: NoiseSchedule;
  scaling: Scaling;
  secondOrder: boolean;
  alpha: number;
  sNoise: number;
}

const DEFAULTS: Required<Omit<AblationSamplerOptions, 'sigmaMin' | 'sigmaMax'>> = {
  steps: 18,
  rho: 7,
  solver: 'heun',
  discretization: 'edm',
  schedule: 'linear',
  scaling: 'none',
  epsilonS: 1e-3,
  c1: 0.001,
  c2: 0.008,
  timesteps: 1000,
  alpha: 1,
  ...CHURN_DEFAULTS,
};

/**
 * The path that options choose through the noise levels that a network knows.
 *
 * @throws RangeError naming the option that is wrong
 */
export function ablationPath(given: AblationSamplerOptions, denoiser: Denoiser): AblationPath {
  const options = withDefaults(DEFAULTS, given);
  check(options);
  const { steps, epsilonS, alpha, sNoise } = options;
  const discretization = DISCRETIZATIONS[options.discretization];
  const { sigmaMin, sigmaMax } = given;
  const range = knownRange(withDefaults(discretization.range(epsilonS), { sigmaMin, sigmaMax }), denoiser);
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
    secondOrder: options.solver === 'heun',
    alpha,
    sNoise,
  };
}

function check(options: typeof DEFAULTS): void {
  const { steps, epsilonS, alpha, timesteps } = options;
  checkSteps(steps);
  checkChurn(options);
  choice('solver', options.solver, ['euler', 'heun']);
  choice('discretization', options.discretization, Object.keys(DISCRETIZATIONS));
  choice('schedule', options.schedule, Object.keys(NOISE_SCHEDULES));
  choice('scaling', options.scaling, Object.keys(SCALINGS));
  if (!(epsilonS > 0 && epsilonS < 1)) throw new RangeError(`epsilon_s must be between 0 and 1, not ${epsilonS}.`);
  if (!(alpha > 0 && alpha <= 1)) throw new RangeError(`alpha must be above 0 and at most 1, not ${alpha}.`);
  if (!(Number.isInteger(timesteps) && timesteps > 0)) {
    throw new RangeError(`M must be a number of time steps, not ${timesteps}.`);
  }
}

function choice(what: string, given: string, known: readonly string[]): void {
  if (!known.includes(given)) throw new RangeError(`There is no ${what} ${given}: choose from ${known.join(', ')}.`);
}
