import { methodCost } from 'onestep';
import type { DenoiserNetwork, TrainableGenerator } from '@onestep/diffusion-core';
import type { Recipe, SharedOptions } from '../compare/recipes.js';
import { withStudent } from '../distill/further-cost.js';
import { adviseTraining } from '../memory/advise-training.js';

/**
 * Splits the batches of a short run where they do not fit in memory at once, which changes nothing else.
 *
 * @param log prints a line about it, or a warning
 */
export async function fitMemory(
  recipe: Recipe,
  { cost: network }: DenoiserNetwork,
  shared: SharedOptions,
  log: (text: string) => Promise<void>,
): Promise<SharedOptions> {
  if (network === undefined) return shared;
  const { cost: ofStudent } = Object(recipe.student) as Partial<TrainableGenerator>;
  const cost = methodCost(recipe.method, recipe.options, recipe.student);
  const work = { ...withStudent(cost, network, ofStudent), network, batch: shared.batch };
  const { batchGpu, note } = adviseTraining(work, 'A smaller teacher takes less.', null);
  if (note !== null) await log(note);
  return { ...shared, batchGpu: batchGpu ?? shared.batchGpu };
}
