import type { NetworkCost, TrainingCost } from '@onestep/diffusion-core';

/** The convolutions of VGG16 on an image of a side, counted from its layers. */
const vgg16Cost = (side: number) => ({
  parameters: 14.7e6,
  activations: 270 * side ** 2,
  multiplications: 3.06e5 * side ** 2,
});

/** What a method with a fake score network holds and computes of its student: also the EMA, and a pass for each network's update. */
const OF_THE_STUDENT = { networks: 2, trained: 1, activations: 1, passes: 4 };

/**
 * Puts another student in the place of a copy of the teacher.
 *
 * @param cost in multiples of the teacher's
 * @param student left out, a copy of the teacher
 */
export function withStudent(cost: TrainingCost, teacher: NetworkCost, student?: NetworkCost): TrainingCost {
  if (student === undefined) return cost;
  const replace = (total: number, own: number, ratio: number) => total - own + own * ratio;
  const { networks, trained, activations, passes } = OF_THE_STUDENT;
  const size = student.parameters / teacher.parameters;
  return {
    networks: replace(cost.networks, networks, size),
    trained: replace(cost.trained, trained, size),
    activations: replace(cost.activations, activations, student.activations / teacher.activations),
    passes: replace(cost.passes, passes, student.multiplications / teacher.multiplications),
  };
}

/** What a student learns besides what its method teaches it, or how it is compared. */
export interface FurtherWork {
  /** Whether it learns pairs in addition. */
  hasRegression: boolean;
  /** Side of the images that LPIPS compares, in pixels; null without. */
  perceptualSide: number | null;
  /** A network that guides, which is not trained. */
  weaker?: NetworkCost;
}

/**
 * Adds to what a method takes. A regression is one more image of the student's with its gradient, and LPIPS a pass of VGG16
 * through two images, and the gradient of one. Derived, and not among the configurations that the estimates were measured with.
 */
export function addFurtherWork(
  cost: TrainingCost,
  network: NetworkCost,
  { hasRegression, perceptualSide, weaker }: FurtherWork,
): TrainingCost {
  const networks = cost.networks + (weaker === undefined ? 0 : weaker.parameters / network.parameters);
  const regressed = hasRegression ? 1 : 0;
  const own = { activations: cost.activations + regressed, passes: cost.passes + 3 * regressed };
  if (perceptualSide === null) return { ...cost, networks, ...own };
  const vgg16 = vgg16Cost(perceptualSide);
  return {
    networks: networks + vgg16.parameters / network.parameters,
    trained: cost.trained,
    activations: own.activations + vgg16.activations / network.activations,
    passes: own.passes + (4 * vgg16.multiplications) / network.multiplications,
  };
}
