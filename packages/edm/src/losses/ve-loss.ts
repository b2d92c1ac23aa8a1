import { noisePredictionLoss } from './noise-prediction-loss.js';
import type { TrainingLoss } from './training-loss.js';

/** Settings of {@link veLoss}. */
export interface VeLossSettings {
  sigmaMin: number;
  sigmaMax: number;
}

export const VE_LOSS: VeLossSettings = { sigmaMin: 0.02, sigmaMax: 100 };

/** ln sigma uniform between its bounds: Table 1 "VE", Karras et al. 2022. */
export function veLoss(settings: Partial<VeLossSettings> = {}): TrainingLoss {
  const { sigmaMin, sigmaMax } = { ...VE_LOSS, ...settings };
  return {
    draw: (rng, n) => rng.uniform(n),
    sigmas: (draws) => Float32Array.from(draws, (u) => sigmaMin * (sigmaMax / sigmaMin) ** u),
    evaluate: noisePredictionLoss,
  };
}
