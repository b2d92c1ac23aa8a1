import { CheckpointError, type StateDict } from '@onestep/checkpoint';
import type { Module } from '@onestep/nn';
import type { DiscriminatorNetwork } from '../networks/discriminator-network.js';
import type { GeneratorNetwork } from '../networks/generator-network.js';
import type { PublishedGan } from '../published-pickle.js';

/** The networks of a training. */
export interface GanNetworks {
  generator: GeneratorNetwork;
  discriminator: DiscriminatorNetwork;
  /** The averaged generator. */
  average: GeneratorNetwork;
}

/**
 * Starts a training from the networks of a published file: tensors with the same names are copied, as the published script does.
 * The others keep their initial values.
 *
 * @param source the file's name, for messages
 * @returns a line about each network of which tensors were kept or not used
 * @throws CheckpointError if a network is missing in the file, a tensor has another shape, or no name matches
 */
export async function continueGan(
  { generator, discriminator, average }: GanNetworks,
  { G, D, G_ema }: PublishedGan,
  source: string,
): Promise<string[]> {
  const pairs = [
    ['G', generator, G],
    ['D', discriminator, D],
    ['G_ema', average, G_ema],
  ] as const;
  const notes: string[] = [];
  for (const [name, network, published] of pairs) {
    if (published === null)
      throw new CheckpointError(source, `it has no network ${name}, without which no training can go on`);
    const { kept, unused } = await copyMatching(network, published.tensors, `${source}, ${name}`);
    if (kept + unused > 0) notes.push(`${name}: ${kept} tensors keep their initial values, ${unused} are not used.`);
  }
  return notes;
}

/** Copies tensors by name. @returns the numbers of those that are only in the module, and only in the dict */
async function copyMatching(
  module: Module,
  dict: StateDict,
  source: string,
): Promise<{ kept: number; unused: number }> {
  const own = await module.stateDict();
  const shared = Object.keys(own).filter((name) => Object.hasOwn(dict, name));
  if (shared.length === 0) throw new CheckpointError(source, 'none of its tensors has a name of these networks');
  for (const name of shared) {
    const [theirs, ours] = [dict[name]!.shape, own[name]!.shape];
    if (theirs.join() === ours.join()) continue;
    throw new CheckpointError(
      source,
      `its ${name} has shape [${theirs}], and this training needs [${ours}]: choose the preset and the data that it was trained with`,
    );
  }
  module.loadStateDict({ ...own, ...Object.fromEntries(shared.map((name) => [name, dict[name]!])) });
  return {
    kept: Object.keys(own).length - shared.length,
    unused: Object.keys(dict).length - shared.length,
  };
}
