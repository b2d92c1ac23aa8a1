import { vpSigma, withDefaults, type VpSchedule } from '@onestep/diffusion-core';
import { noisePredictionLoss } from './noise-prediction-loss.js';
import type { TrainingLoss } from './training-loss.js';

/** Settings of {@link vpLoss}. */
export interface VpLossSettings extends VpSchedule {
  /** Lowest time, epsilon_t. */
  epsilonT: number;
}

/** The published settings of {@link vpLoss}: Table 1, Karras et al. 2022. */
export const VP_LOSS: VpLossSettings = { betaD: 19.9, betaMin: 0.1, epsilonT: 1e-5 };

/** The VP loss: times are uniform in (epsilon_t, 1) under the variance-preserving SDE. Table 1 "VP", Karras et al. 2022. */
export function vpLoss(settings: Partial<VpLossSettings> = {}): TrainingLoss {
  const { epsilonT, ...schedule } = withDefaults(VP_LOSS, settings);
  return {
    draw: (rng, n) => rng.uniform(n),
    sigmas: (draws) => Float32Array.from(draws, (u) => vpSigma(1 + u * (epsilonT - 1), schedule)),
    evaluate: noisePredictionLoss,
  };
}
