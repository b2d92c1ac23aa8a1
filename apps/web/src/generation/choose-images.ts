import { chooseScale, guidanceRangeOf, isSynthesisGenerator, type Generator } from '@onestep/diffusion-core';
import type { ImageRequest } from './calls.js';

/** The same generator, with the same weights in memory, that makes its images as requested. */
export function chooseImages(
  generator: Generator,
  { synthesis, guidance }: Pick<ImageRequest, 'synthesis' | 'guidance'>,
): Generator {
  if (synthesis !== undefined && isSynthesisGenerator(generator)) return generator.withSynthesis(synthesis);
  if (guidance !== undefined && guidanceRangeOf(generator) !== null) return chooseScale(generator, guidance);
  return generator;
}
