import { CONSISTENCY } from '../preconditioning/consistency.js';
import { DDPM } from '../preconditioning/ddpm.js';
import type { PreconditioningSettings } from '../preconditioning/preconditioning.js';
import { computeAlphaBars, LINEAR_SCHEDULE, type BetaSchedule } from '../schedule/beta-schedule.js';
import { NotSupported, readCount, readList, readNumber, type Config } from './config-values.js';

/** The schedulers that describe the training of a DDPM; what else they say is about sampling. */
const DDPM_SCHEDULERS = [
  'DDPMScheduler',
  'DDIMScheduler',
  'DDPMParallelScheduler',
  'DDIMParallelScheduler',
  'DDIMInverseScheduler',
  'PNDMScheduler',
  'LMSDiscreteScheduler',
  'EulerDiscreteScheduler',
  'EulerAncestralDiscreteScheduler',
  'HeunDiscreteScheduler',
  'KDPM2DiscreteScheduler',
  'KDPM2AncestralDiscreteScheduler',
  'DPMSolverSinglestepScheduler',
  'DPMSolverMultistepScheduler',
  'DPMSolverMultistepInverseScheduler',
  'DPMSolverSDEScheduler',
  'DEISMultistepScheduler',
  'UniPCMultistepScheduler',
  'SASolverScheduler',
  'LCMScheduler',
  'TCDScheduler',
  'RePaintScheduler',
];

/** The schedulers whose classes have the betas of latent diffusion as defaults, some of them with its schedule too. */
const LATENT_DEFAULTS = /^(Heun|KDPM2|DPMSolverSDE|LCM|TCD)/;
const LATENT_SCHEDULE = /^(LCM|TCD)/;
const LATENT_BETAS = { beta_start: 0.00085, beta_end: 0.012 };

const KINDS: Readonly<Record<string, BetaSchedule['kind']>> = {
  linear: 'linear',
  scaled_linear: 'scaled-linear',
  sigmoid: 'sigmoid',
  squaredcos_cap_v2: 'cosine',
};

const PREDICTIONS: Readonly<Record<string, 'noise' | 'image' | 'velocity'>> = {
  epsilon: 'noise',
  sample: 'image',
  v_prediction: 'velocity',
};

/**
 * Reads a `scheduler_config.json`: how its network was trained. A key that is missing has the default of the
 * class.
 *
 * @throws NotSupported naming the scheduler or the option that this package does not have; Error naming a value that is not
 *   valid
 */
export function readSchedulerConfig(config: Config): PreconditioningSettings {
  const name = String(config._class_name ?? 'DDPMScheduler');
  const sigmaData = readNumber(config, 'sigma_data', 0.5);
  if (name === 'CMStochasticIterativeScheduler') {
    const [sigmaMin, sigmaMax] = [readNumber(config, 'sigma_min', 0.002), readNumber(config, 'sigma_max', 80)];
    return { ...CONSISTENCY, sigmaData, sigmaMin, sigmaMax };
  }
  const prediction = config.prediction_type ?? 'epsilon';
  if (/^EDM\w+Scheduler$/.test(name)) {
    if (prediction === 'epsilon') return { scheme: 'edm', sigmaData, timeScale: 1 };
    throw new NotSupported(`the scheduler ${name} is not supported with prediction_type ${JSON.stringify(prediction)}`);
  }
  if (!DDPM_SCHEDULERS.includes(name)) {
    const kind = name.includes('Flow')
      ? ' (flow matching)'
      : /ScoreSde|KarrasVe/.test(name)
        ? ' (a continuous SDE)'
        : '';
    throw new NotSupported(`the scheduler ${name}${kind} is not supported, only those of DDPMs and consistency models`);
  }
  if (config.timestep_type === 'continuous') {
    throw new NotSupported(
      `the scheduler ${name} with timestep_type "continuous" is not supported, only discrete time steps`,
    );
  }
  if (config.use_flow_sigmas === true || prediction === 'flow_prediction') {
    throw new NotSupported('flow matching is not supported, only the prediction of epsilon, v or the sample');
  }
  const predicts = PREDICTIONS[String(prediction)];
  if (predicts === undefined) {
    const known = Object.keys(PREDICTIONS).join(', ');
    throw new NotSupported(`prediction_type ${JSON.stringify(prediction)} is not supported, only ${known}`);
  }
  const schedule = readSchedule({
    ...(LATENT_DEFAULTS.test(name) && LATENT_BETAS),
    ...(LATENT_SCHEDULE.test(name) && { beta_schedule: 'scaled_linear' }),
    ...config,
  });
  computeAlphaBars(schedule);
  return { ...DDPM, predicts, schedule };
}

function readSchedule(config: Config): BetaSchedule {
  const zeroTerminalSnr = config.rescale_betas_zero_snr === true;
  if (Array.isArray(config.trained_betas)) {
    const betas = readList(config, 'trained_betas', 'number');
    return { ...LINEAR_SCHEDULE, kind: 'given', betas, steps: betas.length, zeroTerminalSnr };
  }
  const name = config.beta_schedule ?? 'linear';
  const kind = KINDS[String(name)];
  if (kind === undefined) {
    const known = Object.keys(KINDS).join(', ');
    throw new NotSupported(`beta_schedule ${JSON.stringify(name)} is not supported, only ${known}, and trained_betas`);
  }
  return {
    kind,
    betaStart: readNumber(config, 'beta_start', LINEAR_SCHEDULE.betaStart),
    betaEnd: readNumber(config, 'beta_end', LINEAR_SCHEDULE.betaEnd),
    steps: readCount(config, 'num_train_timesteps', LINEAR_SCHEDULE.steps),
    betas: [],
    zeroTerminalSnr,
  };
}
