import type { Denoiser, Prediction } from '@onestep/diffusion-core';
import { consistencyDenoiser, CONSISTENCY, type ConsistencySettings } from './consistency.js';
import { ddpmDenoiser, DDPM, type DdpmSettings } from './ddpm.js';
import { edmDenoiser, EDM, type EdmSettings } from './edm.js';

/** How a network becomes a denoiser. JSON. */
export type PreconditioningSettings = DdpmSettings | EdmSettings | ConsistencySettings;

/** Fallbacks of settings that a file leaves out, by scheme. */
export const PRECONDITIONING_DEFAULTS = {
  ddpm: DDPM,
  edm: EDM,
  consistency: CONSISTENCY,
} as const satisfies Record<PreconditioningSettings['scheme'], PreconditioningSettings>;

/** What a preconditioning adds to a network. */
export type Denoising = Pick<Denoiser, 'sigmaMin' | 'sigmaMax' | 'roundSigma' | 'denoise'>;

/** The shape of a denoiser's images, and its number of classes. */
export type ImageFormat = Pick<Denoiser, 'imgResolution' | 'imgChannels' | 'labelDim'>;

/** Makes the denoiser of a network. @param predict evaluates the network at time steps */
export function createDenoising(
  settings: PreconditioningSettings,
  format: ImageFormat,
  predict: Prediction,
): Denoising {
  switch (settings.scheme) {
    case 'ddpm':
      return ddpmDenoiser(settings, format, predict);
    case 'edm':
      return edmDenoiser(settings, predict);
    case 'consistency':
      return consistencyDenoiser(settings, predict);
  }
}
