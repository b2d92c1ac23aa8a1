import { EDM_NOISE, edmDenoisingLoss, logNormalSigmas, withDefaults } from '@onestep/diffusion-core';
import type { TrainingLoss } from './training-loss.js';

/** Settings of {@link edmLoss}. */
export interface EdmLossSettings {
  /** Mean of ln sigma. */
  pMean: number;
  /** Standard deviation of ln sigma. */
  pStd: number;
  /** Standard deviation of the data. */
  sigmaData: number;
}

/** The published settings of {@link edmLoss}: Table 1, Karras et al. 2022. */
export const EDM_LOSS: EdmLossSettings = { pMean: EDM_NOISE.mean, pStd: EDM_NOISE.std, sigmaData: 0.5 };

/**
 * The EDM loss: ln sigma ~ N(P_mean, P_std^2), weighted so that the initial loss is 1 at every noise level. Section 5,
 * Karras et al. 2022.
 */
export function edmLoss(settings: Partial<EdmLossSettings> = {}): TrainingLoss {
  const { pMean, pStd, sigmaData } = withDefaults(EDM_LOSS, settings);
  return {
    draw: (rng, n) => rng.normal(n),
    sigmas: (draws) => logNormalSigmas(draws, { mean: pMean, std: pStd }),
    evaluate: (args) => edmDenoisingLoss({ ...args, sigmaData }),
  };
}
