import { isScaleRange, type TrainingCost } from '@onestep/diffusion-core';

/** One forward pass. */
const PLAIN = { passes: 1, activations: 0 };
/** Learning through a second evaluation: a forward pass, and a gradient with respect to the weights. */
const LEARNED = { passes: 3, activations: 1 };

/**
 * Adds the second evaluations that guidance takes, of the teacher and of a fake score network, to what a method takes. Derived, and
 * not among the configurations that the estimates were measured with.
 *
 * @param options of the method, complete
 */
export function addGuidance(cost: TrainingCost, options: Readonly<Record<string, unknown>>): TrainingCost {
  const { guidance = null, guidanceWhere, guidanceFakeTrain = null, guidanceFakeEval = null } = options;
  const acts = (scale: unknown) => isScaleRange(scale) || (typeof scale === 'number' && scale !== 1);
  if (guidance === null) return cost;
  const { teacher = PLAIN } = cost;
  const usual = guidanceWhere === 'both' ? guidance : 1;
  const further = [
    ...(acts(guidance) ? [teacher] : []),
    // The fake score network is compared as the teacher is.
    ...(acts(guidanceFakeEval ?? usual) ? [teacher] : []),
    ...(acts(guidanceFakeTrain ?? usual) ? [LEARNED] : []),
  ];
  return further.reduce<TrainingCost>(
    (sum, { passes, activations }) => ({
      ...sum,
      passes: sum.passes + passes,
      activations: sum.activations + activations,
    }),
    cost,
  );
}
