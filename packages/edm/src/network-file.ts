import type { DenoiserNetwork, NetworkSnapshot } from '@onestep/diffusion-core';
import type { PartialNetworkSettings } from './network-settings.js';
import { PreconditionedNetwork } from './preconditioned-network.js';

/** The metadata entry of a network file that holds its settings as JSON. */
export const SETTINGS_KEY = 'onestep';

/** A network as the contents of a safetensors file: weights under their published names, settings as metadata. */
export async function saveNetwork(network: DenoiserNetwork): Promise<NetworkSnapshot> {
  return {
    tensors: await network.module.stateDict(),
    metadata: { [SETTINGS_KEY]: JSON.stringify(network.settings) },
  };
}

/**
 * Rebuilds a network from the contents of a file.
 *
 * @param source the file's name, for messages
 * @throws if the file holds no settings, settings of no network, or weights of another network
 */
export function loadNetwork({ tensors, metadata }: NetworkSnapshot, source = 'network file'): PreconditionedNetwork {
  const network = new PreconditionedNetwork(parseSettings(metadata[SETTINGS_KEY], source), null);
  try {
    network.loadStateDict(tensors);
  } catch (error) {
    network.dispose();
    throw new Error(`${source}: ${(error as Error).message}`, { cause: error });
  }
  return network;
}

function parseSettings(json: string | undefined, source: string): PartialNetworkSettings {
  if (json === undefined) {
    throw new Error(
      `${source}: no network settings in its metadata ("${SETTINGS_KEY}"); was it saved by this program?`,
    );
  }
  let settings: unknown;
  try {
    settings = JSON.parse(json);
  } catch (error) {
    throw new Error(`${source}: the network settings in its metadata are not JSON.`, { cause: error });
  }
  if (typeof settings !== 'object' || settings === null || !('model' in settings)) {
    throw new Error(`${source}: the network settings in its metadata do not describe a network.`);
  }
  return settings as PartialNetworkSettings;
}
