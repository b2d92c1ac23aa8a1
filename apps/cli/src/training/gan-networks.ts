import { Rng } from '@onestep/random';
import {
  continueGan,
  DiscriminatorNetwork,
  GeneratorNetwork,
  type GanNetworks,
  type GanRecipe,
  type PublishedGan,
} from '@onestep/stylegan2';

/**
 * Creates the networks that `onestep gan train` trains, with initial weights, or with those of a published file.
 *
 * @param start the contents of the published file and its name; undefined for none
 * @returns the networks, and lines about weights that were not taken
 */
export async function createGan(
  recipe: GanRecipe,
  { seed, start }: { seed: number; start: { gan: PublishedGan; source: string } | undefined },
): Promise<{ networks: GanNetworks; notes: string[] }> {
  const initial = new Rng(seed, 'initial-weights');
  const generator = new GeneratorNetwork(recipe.generator, initial.stream('generator'));
  const discriminator = new DiscriminatorNetwork(recipe.discriminator, initial.stream('discriminator'));
  const networks = { generator, discriminator, average: generator.clone() };
  if (start === undefined) return { networks, notes: [] };
  const notes = await continueGan(networks, start.gan, start.source);
  return { networks, notes: notes.map((note) => `--resume: ${note}`) };
}
