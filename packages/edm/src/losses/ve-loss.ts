import { withDefaults } from '@onestep/diffusion-core';
import { noisePredictionLoss } from './noise-prediction-loss.js';
import type { TrainingLoss } from './training-loss.js';

/** Settings of {@link veLoss}. */
export interface VeLossSettings {
  /** Lowest noise level. */
  sigmaMin: number;
  /** Highest noise level. */
  sigmaMax: number;
}

/** The published settings of {@link veLoss}: Table 1, Karras et al. 2022. */
export const VE_LOSS: VeLossSettings = { sigmaMin: 0.02, sigmaMax: 100 };

/** The VE loss: ln sigma is uniform between the noise levels. Table 1 "VE", Karras et al. 2022. */
export function veLoss(settings: Partial<VeLossSettings> = {}): TrainingLoss {
  const { sigmaMin, sigmaMax } = withDefaults(VE_LOSS, settings);
  return {
    draw: (rng, n) => rng.uniform(n),
    sigmas: (draws) => Float32Array.from(draws, (u) => sigmaMin * (sigmaMax / sigmaMin) ** u),
    evaluate: noisePredictionLoss,
  };
}
