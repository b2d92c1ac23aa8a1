import * as tf from '@tensorflow/tfjs-core';
import { predictionScaling, type PredictionScaling } from '@onestep/diffusion-core';
import { computeAlphaBars, LINEAR_SCHEDULE, type BetaSchedule } from '../schedule/beta-schedule.js';

/** Settings of {@link ddpmPreconditioning}. */
export interface DdpmSettings {
  scheme: 'ddpm';
  /** What the network predicts. */
  predicts: 'noise' | 'image' | 'velocity';
  schedule: BetaSchedule;
  /** The time step at a noise level between two of the schedule: the nearest one, or one with a fraction. */
  timesteps: 'nearest' | 'interpolated';
  /** Factor of the time steps at the network's input: guided-diffusion's `rescale_timesteps`. */
  timeScale: number;
}

export const DDPM: DdpmSettings = {
  scheme: 'ddpm',
  predicts: 'noise',
  schedule: LINEAR_SCHEDULE,
  timesteps: 'interpolated',
  timeScale: 1,
};

/** For networks that were trained at the steps of a DDPM: that of `denoiserFromPrediction`. */
export function ddpmPreconditioning(settings: DdpmSettings): PredictionScaling {
  const { predicts, schedule, timesteps: between, timeScale } = settings;
  const { scale, ...levels } = predictionScaling({ predicts, alphaBars: computeAlphaBars(schedule), between });
  if (timeScale === 1) return { scale, ...levels };
  return {
    ...levels,
    scale(x, sigma) {
      const inputs = scale(x, sigma);
      return { ...inputs, level: tf.mul(inputs.level, timeScale) };
    },
  };
}
