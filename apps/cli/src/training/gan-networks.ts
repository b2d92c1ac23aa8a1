import { openTorchFile } from '@onestep/checkpoint/node';
import { Rng } from '@onestep/random';
import {
  checkStart,
  continueGan,
  DiscriminatorNetwork,
  GeneratorNetwork,
  PUBLISHED_STARTS,
  publishedGan,
  type GanNetworks,
  type GanRecipe,
  type PublishedGan,
} from '@onestep/stylegan2';
import { networkPath } from '../networks/network-source.js';

/** Finds the file of a published GAN: by its path, its address, or the name that the published script gives it. */
export function findStart(source: string): Promise<string> {
  return networkPath(isStartName(source) ? PUBLISHED_STARTS[source]! : source);
}

/** Whether the published script has such a name for one of its files. */
export const isStartName = (name: string): boolean => Object.hasOwn(PUBLISHED_STARTS, name);

/**
 * Reads a published GAN that a training starts from.
 *
 * @param source see {@link findStart}
 * @throws CheckpointError if it is no GAN; RangeError naming options with which the training does not fit it
 */
export async function openStart(source: string, { generator }: GanRecipe): Promise<PublishedGan> {
  const path = await findStart(source);
  const published = publishedGan(await openTorchFile(path), source);
  checkStart(generator, published, source);
  return published;
}

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
