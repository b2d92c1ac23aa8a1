import {
  PreconditionedNetwork,
  settingsFromPublished,
  settingsFromWeights,
  type PartialNetworkSettings,
} from '@onestep/edm';
import type { StateDict } from '@onestep/checkpoint';
import { withPrefix } from './fixture-tensors.js';

const WRAPPERS: Record<string, string> = {
  edm: 'EDMPrecond',
  vp: 'VPPrecond',
  ve: 'VEPrecond',
  iddpm: 'iDDPMPrecond',
};

/** Dropout rate of the published constructors. */
const DROPOUT = 0.1;

type Metadata = Record<string, string>;

/** Settings of a network that its file does not state. */
interface NetworkOptions {
  /** Preconditioning, where the file does not state it. Default: `edm`. */
  scheme?: 'edm' | 'vp' | 've';
  dropout?: number;
}

/**
 * Builds the network of a fixture and loads its weights.
 *
 * @param weights state dict of the file; constant buffers that it lacks keep their initial values
 * @throws if the file describes an unknown network, or the weights are those of another one
 */
export async function fixtureNetwork(
  metadata: Metadata,
  weights: StateDict,
  { scheme = 'edm', dropout }: NetworkOptions = {},
): Promise<PreconditionedNetwork> {
  const settings =
    metadata.kwargs === undefined
      ? settingsFromWeights(weights, { preconditioning: { scheme }, dropout: DROPOUT })
      : statedSettings(metadata, scheme);
  if (dropout !== undefined) settings.model.dropout = dropout;
  const network = new PreconditionedNetwork(settings, null);
  try {
    network.loadStateDict({ ...(await buffersOf(network)), ...weights });
  } catch (error) {
    network.dispose();
    throw error;
  }
  return network;
}

/** Builds a network whose weights and buffers are in the fixture itself. */
export async function networkInFile(
  { metadata, tensors }: { metadata: Metadata; tensors: StateDict },
  options?: NetworkOptions,
): Promise<PreconditionedNetwork> {
  return fixtureNetwork(metadata, withPrefix(tensors, 'param.', 'buffer.'), options);
}

/** Reads the network settings that the metadata state as constructor arguments of the published code. */
export function statedSettings(metadata: Metadata, scheme = 'edm'): PartialNetworkSettings {
  const precond = metadata.precond ?? scheme;
  const className = WRAPPERS[precond] ?? precond;
  const number = (name: string) => {
    const value = Number(metadata[name]);
    if (metadata[name] === undefined || !Number.isInteger(value)) {
      throw new Error(`The metadata entry ${name} must be a whole number, not ${String(metadata[name])}.`);
    }
    return value;
  };
  return settingsFromPublished(className, {
    img_resolution: number('img_resolution'),
    img_channels: number('img_channels'),
    label_dim: metadata.label_dim === undefined ? 0 : number('label_dim'),
    ...parseObject('kwargs', metadata.kwargs!),
  });
}

/**
 * Parses a metadata entry that holds a JSON object.
 *
 * @throws naming the entry, if it holds something else
 */
export function parseObject(name: string, json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // Reported below.
  }
  throw new Error(`The metadata entry ${name} is not a JSON object: ${json.slice(0, 60)}`);
}

async function buffersOf(network: PreconditionedNetwork): Promise<StateDict> {
  const buffers: StateDict = {};
  for (const [name, leaf] of network.namedLeaves()) if (!leaf.trainable) buffers[name] = await leaf.download();
  return buffers;
}
