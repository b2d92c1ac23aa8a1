import { guidedEvaluations, type GuidanceScale, type TrainingCost } from '@onestep/diffusion-core';
import { fakeGuidance } from '@onestep/score-distillation';

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
  const guidance = (options.guidance ?? null) as GuidanceScale | null;
  if (guidance === null) return cost;
  const { teacher = PLAIN } = cost;
  // Without options about a fake score network, neither of its scales acts.
  const { train, compared } = fakeGuidance(options as Parameters<typeof fakeGuidance>[0]);
  const acts = (scale: GuidanceScale) => guidedEvaluations({ scale }) === 2;
  const further = [
    ...(acts(guidance) ? [teacher] : []),
    // The fake score network is compared as the teacher is.
    ...(acts(compared) ? [teacher] : []),
    ...(acts(train) ? [LEARNED] : []),
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
