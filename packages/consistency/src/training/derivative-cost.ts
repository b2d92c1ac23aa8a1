import type { TrainingCost } from '@onestep/diffusion-core';

/**
 * What a run holds and computes whose target needs the derivative along the path: the teacher where it is asked, two forward
 * passes of the student and a gradient, and the derivative, which takes as long as a gradient of all weights if it is exact.
 */
export function derivativeCost({ useCd, jvp }: { useCd: boolean; jvp: string }): TrainingCost {
  const isExact = jvp === 'exact';
  // The memory of the derivative is free again before the pass that is differentiated, whichever way it is computed.
  return { networks: 3, trained: 1, activations: 1.28, passes: (useCd ? 1 : 0) + 3 + (isExact ? 4 : 2) };
}
