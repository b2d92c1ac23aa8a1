import { openTorchFile } from '@onestep/checkpoint/node';
import { Rng } from '@onestep/random';
import {
  continueGan,
  DiscriminatorNetwork,
  GeneratorNetwork,
  publishedGan,
  type GanNetworks,
  type GanRecipe,
} from '@onestep/stylegan2';

/**
 * Creates the networks that `onestep gan train` trains, with initial weights, or with those of a published file.
 *
 * @param path the published file; undefined for none
 * @returns the networks, and lines about weights that were not taken
 */
export async function createGan(
  recipe: GanRecipe,
  { seed, path }: { seed: number; path: string | undefined },
): Promise<{ networks: GanNetworks; notes: string[] }> {
  const initial = new Rng(seed, 'initial-weights');
  const generator = new GeneratorNetwork(recipe.generator, initial.stream('generator'));
  const discriminator = new DiscriminatorNetwork(recipe.discriminator, initial.stream('discriminator'));
  const networks = { generator, discriminator, average: generator.clone() };
  if (path === undefined) return { networks, notes: [] };
  const notes = await continueGan(networks, publishedGan(await openTorchFile(path), path), path);
  return { networks, notes: notes.map((note) => `--resume: ${note}`) };
}
