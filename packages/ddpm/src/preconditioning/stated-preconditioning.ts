import type { DdpmOptions } from '../ddpm-options.js';
import { LINEAR_SCHEDULE, type BetaSchedule } from '../schedule/beta-schedule.js';
import { CONSISTENCY } from './consistency.js';
import { DDPM } from './ddpm.js';
import { EDM } from './edm.js';
import type { PreconditioningSettings } from './preconditioning.js';

/** The steps for which the constants of the linear schedule were chosen. */
const REFERENCE_STEPS = 1000;

/** Makes the preconditioning that options state: by default that of a DDPM with the linear schedule. */
export function statedPreconditioning(stated: DdpmOptions): PreconditioningSettings {
  const { scheme, sigmaMin = CONSISTENCY.sigmaMin, sigmaMax = CONSISTENCY.sigmaMax } = stated;
  if (scheme === 'edm') return EDM;
  if (scheme === 'consistency') return { ...CONSISTENCY, sigmaMin, sigmaMax };
  const steps = stated.steps ?? REFERENCE_STEPS;
  // The linear schedule keeps its total noise for another number of steps.
  const scale = REFERENCE_STEPS / steps;
  const { betaStart, betaEnd } = LINEAR_SCHEDULE;
  const schedule: BetaSchedule = {
    ...LINEAR_SCHEDULE,
    kind: stated.noiseSchedule ?? 'linear',
    steps,
    betaStart: scale * betaStart,
    betaEnd: scale * betaEnd,
  };
  return {
    ...DDPM,
    predicts: stated.predictsImage === true ? 'image' : 'noise',
    schedule,
    timesteps: stated.timesteps ?? DDPM.timesteps,
    timeScale: stated.rescalesTimesteps === true ? scale : 1,
  };
}
