import { beforeAll, describe, expect, it } from 'vitest';
import { startBackend } from '@onestep/backends';
import {
  DiscriminatorNetwork,
  ganRecipe,
  ganTrainingCost,
  GeneratorNetwork,
  type GanChoices,
  type GanRecipe,
} from '@onestep/stylegan2';

beforeAll(async () => void (await startBackend('cpu')));

const recipeOf = (choices: Partial<GanChoices> = {}, resolution = 32, channels = 3): GanRecipe =>
  ganRecipe({ cfg: 'small', ...choices }, { resolution, channels, labelDim: 0, processes: 1 });

function costOf(recipe: GanRecipe) {
  const [generator, discriminator] = [
    new GeneratorNetwork(recipe.generator, null),
    new DiscriminatorNetwork(recipe.discriminator, null),
  ];
  const counts = { generator: generator.parameterCount(), discriminator: discriminator.parameterCount() };
  generator.dispose();
  discriminator.dispose();
  const { network, ...cost } = ganTrainingCost(recipe, counts);
  const perImage = { work: network.multiplications * cost.passes, held: network.activations * cost.activations };
  return { ...perImage, weights: network.parameters * (cost.networks + 2 * cost.trained), counts };
}

describe('what the training of a GAN takes', () => {
  it('grows with the pixels, with augmentation, and with path lengths; not with the length', () => {
    const small = costOf(recipeOf());
    // Blocks of the larger images have half the channels, so that each number is about twice that of four times the pixels.
    const large = costOf(recipeOf({}, 64));
    expect(large.held / small.held).toBeGreaterThan(1.7);
    expect(large.held / small.held).toBeLessThan(2.8);
    const recipe = recipeOf();
    const paths = costOf({ ...recipe, training: { ...recipe.training, plWeight: 2 } });
    for (const more of [costOf(recipeOf({ aug: 'ada' })), paths]) {
      expect(more.work).toBeGreaterThan(small.work);
      expect(more.held).toBeGreaterThan(small.held);
    }
    expect(costOf(recipeOf({ kimg: 7 }))).toEqual(small);
  });

  it('has both networks, their moments, the average, and gradients of all phases', () => {
    const { weights, counts } = costOf(recipeOf());
    expect(weights / (counts.generator + counts.discriminator)).toBeGreaterThan(4);
    expect(weights / (counts.generator + counts.discriminator)).toBeLessThan(7);
  });

  it('is more where regularization is a part of each step', () => {
    const recipe = recipeOf();
    const { training } = recipe;
    const always = costOf({
      ...recipe,
      training: { ...training, plWeight: 2, gRegInterval: null, dRegInterval: null },
    });
    expect(always.work).toBeGreaterThan(1.5 * costOf(recipe).work);
  });
});
