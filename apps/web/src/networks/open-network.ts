import { DenoiserGenerator } from '@onestep/diffusion-core';
import { loadNetwork, type PreconditionedNetwork } from '@onestep/edm';
import { CheckpointError, type Safetensors } from '@onestep/checkpoint';

/** A network file, opened: a diffusion model, or a one-step generator. */
export type OpenedNetwork =
  | { role: 'teacher'; network: PreconditionedNetwork }
  | { role: 'student'; network: PreconditionedNetwork; generator: DenoiserGenerator };

/** Builds the network of a checked file. @throws CheckpointError naming the file, if it holds none that runs here */
export function openNetwork({ tensors, metadata }: Safetensors, name: string): OpenedNetwork {
  const { generator, ...settings } = parseSettings(metadata.onestep, name);
  if (generator?.guidance !== undefined) {
    throw new CheckpointError(name, 'a generator that is told the scale of guidance; "onestep generate" runs it');
  }
  const network = loadNetwork({ tensors, metadata: { ...metadata, onestep: JSON.stringify(settings) } }, name);
  if (generator?.initSigma === undefined) return { role: 'teacher', network };
  return { role: 'student', network, generator: new DenoiserGenerator(network, generator.initSigma) };
}

interface StoredSettings {
  generator?: { initSigma?: number; guidance?: unknown };
}

function parseSettings(json: string | undefined, name: string): StoredSettings {
  if (json === undefined) {
    throw new CheckpointError(name, 'weights without network settings; save them with "onestep convert" or a run');
  }
  try {
    return Object(JSON.parse(json)) as StoredSettings;
  } catch (error) {
    throw new CheckpointError(name, 'the network settings in its metadata are not JSON', { cause: error });
  }
}
