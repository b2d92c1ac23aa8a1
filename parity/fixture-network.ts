import { PreconditionedNetwork, settingsFromPublished, type PartialNetworkSettings } from '@onestep/edm';
import type { StateDict } from '@onestep/checkpoint';
import { withPrefix } from './fixture-tensors.js';
import { settingsFromWeights } from './settings-from-weights.js';

const WRAPPERS: Record<string, string> = {
  edm: 'EDMPrecond',
  vp: 'VPPrecond',
  ve: 'VEPrecond',
  iddpm: 'iDDPMPrecond',
};

type Metadata = Record<string, string>;

/** How a network is built beyond what its file says. */
interface NetworkOptions {
  /** Preconditioning of a file that does not state its own. */
  scheme?: 'edm' | 'vp' | 've';
  dropout?: number;
}

/**
 * The network of a file, with its weights.
 *
 * @param weights state dict of the file; where it leaves out buffers, which are constants, they stay as they are built
 * @throws if the file describes no network that is known here, or the weights are those of another one
 */
export async function fixtureNetwork(
  metadata: Metadata,
  weights: StateDict,
  { scheme = 'edm', dropout }: NetworkOptions = {},
): Promise<PreconditionedNetwork> {
  const settings =
    metadata.kwargs === undefined ? settingsFromWeights(weights, scheme) : statedSettings(metadata, scheme);
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

/** A network whose weights and buffers are in the file itself. */
export async function networkInFile(
  { metadata, tensors }: { metadata: Metadata; tensors: StateDict },
  options?: NetworkOptions,
): Promise<PreconditionedNetwork> {
  return fixtureNetwork(metadata, withPrefix(tensors, 'param.', 'buffer.'), options);
}

/** The settings that a file's metadata state, as the constructor arguments of the published code. */
export function statedSettings(metadata: Metadata, scheme = 'edm'): PartialNetworkSettings {
  const precond = metadata.precond ?? scheme;
  const className = WRAPPERS[precond] ?? precond;
  const number = (name: string) => {
    const value = Number(metadata[name]);
    if (metadata[name] === undefined || !Number.isInteger(value)) {
      throw new Error(`The metadata ${name} is ${String(metadata[name])}, and a whole number is needed.`);
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

/** A metadata entry that holds a JSON object. @throws naming it where it holds something else */
export function parseObject(name: string, json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // The error below says it.
  }
  throw new Error(`The metadata ${name} is no JSON object: ${json.slice(0, 60)}`);
}

async function buffersOf(network: PreconditionedNetwork): Promise<StateDict> {
  const buffers: StateDict = {};
  for (const [name, leaf] of network.namedLeaves()) if (!leaf.trainable) buffers[name] = await leaf.download();
  return buffers;
}
