import {
  networkMetadata,
  readGeneratorRecord,
  type DenoiserNetwork,
  type NetworkSnapshot,
} from '@onestep/diffusion-core';
import { CheckpointError, type Safetensors, type StateDict } from '@onestep/checkpoint';
import { completeNetworkSettings, type PartialNetworkSettings } from './network-settings.js';
import { PreconditionedNetwork } from './preconditioned-network.js';
import { assertWeightsFit } from './weights-fit.js';

/** Metadata entry with the rest of a published file, next to its network, as JSON. */
export const REST_KEY = 'published';

/**
 * Converts a network to the contents of a safetensors file: weights under their published names, settings as metadata.
 */
export async function saveNetwork(network: DenoiserNetwork): Promise<NetworkSnapshot> {
  return {
    tensors: await network.module.stateDict(),
    metadata: networkMetadata(network.settings),
  };
}

/**
 * Rebuilds a network from the contents of a file. The sizes in the settings are compared with the weights before any
 * memory is allocated.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError if the file has no settings, they do not describe a network, or the weights do not fit them
 */
export function loadNetwork({ tensors, metadata }: NetworkSnapshot, source = 'network file'): PreconditionedNetwork {
  const settings = networkSettings(metadata, source);
  let network: PreconditionedNetwork | undefined;
  try {
    const weights = selectWeights(tensors, metadata[REST_KEY]);
    assertWeightsFit(completeNetworkSettings(settings), weights);
    network = new PreconditionedNetwork(settings, null);
    network.loadStateDict(weights);
  } catch (error) {
    network?.dispose();
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
  return network;
}

/**
 * Drops what a published file holds next to its network, from the contents of the file that was made of it.
 *
 * @returns the contents with the network alone; contents without such a rest as they are
 */
export function withoutPublishedRest({ tensors, metadata }: Safetensors): Safetensors {
  const { [REST_KEY]: rest, ...others } = metadata;
  return rest === undefined ? { tensors, metadata } : { tensors: selectWeights(tensors, rest), metadata: others };
}

/** Drops the tensors that belong to the rest of a published file. */
function selectWeights(tensors: StateDict, rest: string | undefined): StateDict {
  if (rest === undefined) return tensors;
  const others = Object.keys(Object(JSON.parse(rest))).map((key) => `${key}.`);
  const own = Object.entries(tensors).filter(([name]) => !others.some((prefix) => name.startsWith(prefix)));
  return Object.fromEntries(own);
}

function networkSettings(metadata: Record<string, string>, source: string): PartialNetworkSettings {
  const { settings } = readGeneratorRecord(metadata, source);
  if ('model' in settings) return settings as unknown as PartialNetworkSettings;
  throw new CheckpointError(source, 'the network settings in its metadata do not describe a network');
}
