import { karrasSigmaAt, type TrainableGenerator } from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import type { Draw, ScoreOptions } from '@onestep/score-distillation';

const STEPS = 1000;

/** Largest index of the table. */
export const LAST_STEP = STEPS - 1;

/**
 * The noise levels of DMD2: T[i] for i = 0 ... 999, rising from 0.002 to 80, Eq. (5), Karras et al. 2022, with rho = 7.
 * Computed in float64, rounded to float32.
 */
export const NOISE_TABLE: Float32Array = Float32Array.from({ length: STEPS }, (_, i) => karrasSigmaAt(i / LAST_STEP));

/** The indices from which noise levels are drawn uniformly, both ends included. */
export interface StepRange {
  first: number;
  last: number;
}

/** Draws `n` noise levels from a part of the table. */
export function drawTableSigmas(rng: Rng, n: number, { first, last }: StepRange): Float32Array {
  return Float32Array.from(rng.integers(n, last - first + 1), (i) => NOISE_TABLE[first + i]!);
}

/** A further draw of a phase: noise levels from a part of the table. */
export function tableSigmas<O extends ScoreOptions>(range: StepRange): Draw<O> {
  return { shape: () => [], draw: (rng, n) => drawTableSigmas(rng, n, range) };
}

/** A further draw of a phase: standard normal noise of the shape of its images. */
export function imageNoise<O extends ScoreOptions>(): Draw<O> {
  const shape = ({ imgResolution, imgChannels }: TrainableGenerator) => [imgResolution, imgResolution, imgChannels];
  return { shape, draw: (rng, n, _options, generator) => rng.normal(n * shape(generator).reduce((a, b) => a * b)) };
}
