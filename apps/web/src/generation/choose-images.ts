import { isSynthesisGenerator, type Generator } from '@onestep/diffusion-core';
import type { ImageRequest } from './calls.js';

/** A generator with an input for the scale of guidance. */
type GuidedGenerator = Generator & { withGuidance(scale: number): Generator };

/** Whether a generator takes the scale of guidance as an input. */
export function takesGuidance(generator: Generator): generator is GuidedGenerator {
  return 'withGuidance' in generator;
}

/** The same generator, with the same weights in memory, that makes its images as requested. */
export function chooseImages(
  generator: Generator,
  { synthesis, guidance }: Pick<ImageRequest, 'synthesis' | 'guidance'>,
): Generator {
  if (synthesis !== undefined && isSynthesisGenerator(generator)) return generator.withSynthesis(synthesis);
  if (guidance !== undefined && takesGuidance(generator)) return generator.withGuidance(guidance);
  return generator;
}
