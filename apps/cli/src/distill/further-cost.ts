import type { NetworkCost, TrainingCost } from '@onestep/diffusion-core';

/** The convolutions of VGG16 on an image of a side, counted from its layers. */
const vgg16Cost = (side: number) => ({
  parameters: 14.7e6,
  activations: 270 * side ** 2,
  multiplications: 3.06e5 * side ** 2,
});

/** What a student learns besides what its method teaches it, or how it is compared. */
export interface FurtherWork {
  /** Whether it learns pairs in addition. */
  hasRegression: boolean;
  /** Side of the images that LPIPS compares, in pixels; null without. */
  perceptualSide: number | null;
}

/**
 * Adds to what a method takes. A regression is one more image of the student's with its gradient, and LPIPS a pass of VGG16
 * through two images, and the gradient of one. Derived, and not among the configurations that the estimates were measured with.
 */
export function addFurtherWork(
  cost: TrainingCost,
  network: NetworkCost,
  { hasRegression, perceptualSide }: FurtherWork,
): TrainingCost {
  const regressed = hasRegression ? 1 : 0;
  const own = { activations: cost.activations + regressed, passes: cost.passes + 3 * regressed };
  if (perceptualSide === null) return { ...cost, ...own };
  const vgg16 = vgg16Cost(perceptualSide);
  return {
    networks: cost.networks + vgg16.parameters / network.parameters,
    trained: cost.trained,
    activations: own.activations + vgg16.activations / network.activations,
    passes: own.passes + (4 * vgg16.multiplications) / network.multiplications,
  };
}
