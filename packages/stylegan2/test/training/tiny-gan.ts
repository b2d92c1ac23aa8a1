import type { ImageBatchSource } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import {
  AdaptiveAugmentation,
  DiscriminatorNetwork,
  ganRecipe,
  GanTrainingTask,
  GeneratorNetwork,
  type GanChoices,
  type GanTrainingArgs,
} from '@onestep/stylegan2';

const SIZE = 8;

/** Images of noise with labels, from a position that can be restored. */
export function noiseBatches(batch: number, labelDim: number): ImageBatchSource {
  let position = 0;
  return {
    next: async () => {
      const rng = new Rng(position++, 'images');
      const images = Uint8Array.from(rng.integers(batch * SIZE * SIZE, 256));
      const labels = new Float32Array(batch * labelDim);
      for (let i = 0; i < batch && labelDim > 0; i++) labels[i * labelDim + (i % labelDim)] = 1;
      return { images, labels: labelDim > 0 ? labels : null, count: batch };
    },
    state: () => position,
    restore: (state) => void (position = state as number),
  };
}

/** A training of two networks of some hundred weights on gray images of 8x8. */
export function tinyGan({
  seed = 1,
  labelDim = 0,
  choices = {},
  ...more
}: Partial<GanTrainingArgs> & {
  seed?: number;
  labelDim?: number;
  choices?: Partial<GanChoices>;
} = {}): GanTrainingTask {
  const data = { resolution: SIZE, channels: 1, labelDim, processes: more.communicator?.size ?? 1 };
  const recipe = ganRecipe({ cfg: 'tiny', ...choices }, data);
  return new GanTrainingTask({
    generator: new GeneratorNetwork(recipe.generator, new Rng(seed, 'generator')),
    discriminator: new DiscriminatorNetwork(recipe.discriminator, new Rng(seed, 'discriminator')),
    batches: noiseBatches(recipe.training.batch, labelDim),
    augmentation: recipe.augmentation && new AdaptiveAugmentation(recipe.augmentation, { size: SIZE, channels: 1 }),
    ...more,
    options: { ...recipe.training, seed, ...more.options },
  });
}

/** Trains from one iteration to another. @returns the statistics of each */
export async function iterate(task: GanTrainingTask, from: number, to: number) {
  const all = [];
  for (let i = from; i < to; i++) all.push(await task.step(i * task.batchSize));
  return all;
}
