import type { MethodPreset } from '@onestep/diffusion-core';
import type { SimOptions } from './sim.js';

/** Runs of ours: of the published runs, only the init sigma of 2.5 is known. */
export const SIM_PRESETS = {
  small: {
    about: 'some thousand images on a CPU: learning rates as for SiD',
    options: { batch: 64, emaHalfLifeKimg: 2, emaRampUpRatio: 0.5, lr: 5e-4, glr: 5e-4 },
  },
  toy: {
    about: 'two-dimensional points, at learning rates at which the student is seen to move',
    // Without a bound on the gradient a spike at such rates throws the points off.
    options: { batch: 256, initSigma: 1, emaRampUpRatio: 0.5, c: 0.1, lr: 1e-2, glr: 3e-3, clipGradNorm: 10 },
  },
} satisfies Record<string, MethodPreset<SimOptions>>;
