import type { PredictionScaling } from '@onestep/diffusion-core';
import { consistencyPreconditioning, CONSISTENCY, type ConsistencySettings } from './consistency.js';
import { ddpmPreconditioning, DDPM, type DdpmSettings } from './ddpm.js';
import { edmPreconditioning, EDM, type EdmSettings } from './edm.js';

/** How a network becomes a denoiser. JSON. */
export type PreconditioningSettings = DdpmSettings | EdmSettings | ConsistencySettings;

/** Fallbacks of settings that a file leaves out, by scheme. */
export const PRECONDITIONING_DEFAULTS = {
  ddpm: DDPM,
  edm: EDM,
  consistency: CONSISTENCY,
} as const satisfies Record<PreconditioningSettings['scheme'], PreconditioningSettings>;

/** Makes the preconditioning that settings describe. */
export function createPreconditioning(settings: PreconditioningSettings): PredictionScaling {
  switch (settings.scheme) {
    case 'ddpm':
      return ddpmPreconditioning(settings);
    case 'edm':
      return edmPreconditioning(settings);
    case 'consistency':
      return consistencyPreconditioning(settings);
  }
}
