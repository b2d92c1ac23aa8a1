import type { Size } from '../train-step/settings.js';

/** What both workers are told, as JSON. */
export interface SamplingSettings extends Size {
  /** Noise levels of the EDM sampler: 2 steps - 1 network evaluations. */
  steps: number;
  threads: number;
  /** The folder in which ours.ts leaves weights.f32 and draws.f32 for peer.py. */
  exchange: string;
}
