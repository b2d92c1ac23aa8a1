import * as tf from '@tensorflow/tfjs-core';
import { denoiserFromPrediction, type Prediction } from '@onestep/diffusion-core';
import { computeAlphaBars, LINEAR_SCHEDULE, type BetaSchedule } from '../schedule/beta-schedule.js';
import type { Denoising, ImageFormat } from './preconditioning.js';

/** Settings of {@link ddpmDenoiser}. */
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

/** For networks that were trained at the steps of a DDPM: `denoiserFromPrediction`. */
export function ddpmDenoiser(settings: DdpmSettings, format: ImageFormat, predict: Prediction): Denoising {
  const { predicts, schedule, timesteps: between, timeScale } = settings;
  const alphaBars = computeAlphaBars(schedule);
  return denoiserFromPrediction({ ...format, predicts, alphaBars, between }, (x, t, conditions) =>
    predict(x, timeScale === 1 ? t : tf.mul(t, timeScale), conditions),
  );
}
