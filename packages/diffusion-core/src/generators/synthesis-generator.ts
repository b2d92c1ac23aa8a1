import type { Generator, TrainableGenerator } from '../generator.js';

/** Where the noise of a synthesis network's layers comes from: the latent, its file, or nowhere. */
export type NoiseMode = 'random' | 'const' | 'none';

/** How a generator with a mapping and a synthesis network makes images (Karras et al. 2020). */
export interface SynthesisChoice {
  /** Noise of the layers. */
  noise?: NoiseMode;
  /** Truncation psi: how far w is from its average, as a share; 1 leaves it. */
  psi?: number;
  /** Number of layers, from the first, whose w is truncated; null for all. */
  cutoff?: number | null;
}

export const NOISE_MODES: readonly NoiseMode[] = ['const', 'random', 'none'];

/** @throws RangeError naming a setting that is not valid */
export function checkSynthesisChoice({ noise, psi, cutoff }: SynthesisChoice): void {
  const check = (name: string, value: unknown, isValid: boolean, expected: string) => {
    if (value !== undefined && !isValid) throw new RangeError(`${name} must be ${expected}, not ${String(value)}.`);
  };
  check('noise', noise, NOISE_MODES.includes(noise!), NOISE_MODES.join(', '));
  check('psi', psi, Number.isFinite(psi), 'a number');
  check('cutoff', cutoff, cutoff === null || (Number.isInteger(cutoff) && cutoff! >= 0), 'an integer from 0, or null');
}

/** A generator whose images can be made in several ways, such as with truncation: a GAN. */
export interface SynthesisGenerator extends TrainableGenerator {
  /** The same network, with the same weights in memory, that makes images in another way. */
  withSynthesis(choice: SynthesisChoice): SynthesisGenerator;
  clone(): SynthesisGenerator;
}

/** Whether a generator takes a {@link SynthesisChoice}. */
export function isSynthesisGenerator(generator: Generator): generator is SynthesisGenerator {
  return typeof (generator as Partial<SynthesisGenerator>).withSynthesis === 'function';
}
