import { CheckpointError } from '@onestep/checkpoint';
import { SETTINGS_ENTRY, type NetworkSnapshot } from '@onestep/diffusion-core';
import { openSource } from '../../files/open-source.js';
import { readWeights, type ReadWeightsOptions } from '../../files/read-checkpoint.js';

/**
 * Reads the network of a checkpoint, for formats of networks.
 *
 * @returns its snapshot, and what was assumed, in one line; null if nothing was
 * @throws CheckpointError if it holds no network that is known here
 */
export async function openNetworkSnapshot(
  path: string,
  options: ReadWeightsOptions,
): Promise<{ snapshot: NetworkSnapshot; note: string | null }> {
  const { contents, note } = readWeights(await openSource(path), options);
  if (SETTINGS_ENTRY in contents.metadata) return { snapshot: contents, note };
  throw new CheckpointError(path, 'it holds no network that is known here; .safetensors and .pth take any tensors');
}
