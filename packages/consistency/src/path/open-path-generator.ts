import type { OpenedGenerator } from '@onestep/diffusion-core';
import { PathGenerator } from './path-generator.js';

/** A generator from its file. */
export function openPathGenerator({ network, record: { initSigma, gridPoints } }: OpenedGenerator): PathGenerator {
  return new PathGenerator(network, { initSigma, gridPoints: typeof gridPoints === 'number' ? gridPoints : null });
}
