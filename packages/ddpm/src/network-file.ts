import { CheckpointError } from '@onestep/checkpoint';
import { readGeneratorRecord, type NetworkSnapshot } from '@onestep/diffusion-core';
import { DdpmNetwork } from './ddpm-network.js';
import { completeNetworkSettings, type PartialNetworkSettings } from './network-settings.js';
import { assertWeightsFit } from './weights-fit.js';

/** Whether settings are those of a network of this package. */
export function isDdpmSettings(settings: Readonly<Record<string, unknown>>): boolean {
  return (Object(settings.model) as { modelType?: unknown }).modelType === 'UNet2DModel';
}

/**
 * Rebuilds a network from the contents of a file: weights under diffusers' names, settings as metadata. The sizes in the
 * settings are compared with the weights before any memory is allocated.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError if the file has no settings, they do not describe a network, or the weights do not fit them
 */
export function loadDdpmNetwork({ tensors, metadata }: NetworkSnapshot, source = 'network file'): DdpmNetwork {
  const { settings } = readGeneratorRecord(metadata, source);
  let network: DdpmNetwork | undefined;
  try {
    const complete = completeNetworkSettings(settings as unknown as PartialNetworkSettings);
    assertWeightsFit(complete, tensors);
    network = new DdpmNetwork(complete, null);
    network.loadStateDict(tensors);
    return network;
  } catch (error) {
    network?.dispose();
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}
