import type { NetworkSnapshot } from '@onestep/diffusion-core';
import {
  CheckpointError,
  isModule,
  moduleStateDict,
  plainValue,
  PythonObject,
  type PlainValue,
  type PythonDict,
  type PythonValue,
} from '@onestep/nn';
import { loadNetwork, SETTINGS_KEY } from './network-file.js';
import { completeNetworkSettings } from './network-settings.js';
import type { PreconditionedNetwork } from './preconditioned-network.js';
import { isPublishedClass, settingsFromPublished } from './published-settings.js';

/** The metadata entry with what a published file holds besides its network, as JSON. */
const REST_KEY = 'published';
/** Where published files keep the network: snapshots the averaged one, training states the trained one. */
const NETWORK_KEYS = ['ema', 'net'];
/** Constructor arguments of the published wrappers, in order, as far as all have the same. */
const POSITIONAL = ['img_resolution', 'img_channels', 'label_dim', 'use_fp16'];

/** Whether a file of PyTorch is a snapshot of a network that this package knows. */
export function isPublishedSnapshot(file: PythonValue): boolean {
  const network = networkOf(file);
  return network !== undefined && isPublishedClass(network.className);
}

/**
 * A published network snapshot as a network file of this package: weights and buffers under their names, settings from
 * the class and the arguments that the network was built with. Diffusion models and one-step generators have the same
 * layout; where a file states `init_sigma`, the noise level of a generator's input, it is kept as
 * `generator.initSigma`. What else is in the file (loss, augmentation, data set) goes into the metadata as JSON.
 *
 * The tensors stay in the file until they are asked for, and the source text in the file is never run.
 *
 * @param file what `openTorchFile` or `decodeTorchFile` read
 * @param source the file's name, for messages
 * @throws CheckpointError if it holds no network of this package
 */
export function publishedSnapshot(file: PythonValue, source = 'network file'): NetworkSnapshot {
  const network = findNetwork(file, source);
  const settings = publishedSettings(network, source);
  const rest = file instanceof Map ? describeRest(file, network, source) : {};
  const { init_sigma: initSigma } = rest;
  const generator = typeof initSigma === 'number' ? { generator: { initSigma } } : {};
  return {
    tensors: moduleStateDict(network, source),
    metadata: {
      [SETTINGS_KEY]: JSON.stringify({ ...settings, ...generator }),
      ...(Object.keys(rest).length > 0 ? { [REST_KEY]: JSON.stringify(rest) } : {}),
    },
  };
}

/** Rebuilds the network of a published snapshot: see {@link publishedSnapshot}. */
export function loadPublishedNetwork(file: PythonValue, source = 'network file'): PreconditionedNetwork {
  return loadNetwork(publishedSnapshot(file, source), source);
}

function networkOf(file: PythonValue): PythonObject | undefined {
  if (isModule(file)) return file;
  return file instanceof Map ? NETWORK_KEYS.map((key) => file.get(key)).find(isModule) : undefined;
}

function findNetwork(file: PythonValue, source: string): PythonObject {
  const network = networkOf(file);
  if (network !== undefined) return network;
  if (!(file instanceof Map)) throw new CheckpointError(source, 'it holds no network');
  const keys = [...file.keys()].filter((key) => typeof key === 'string').map((key) => key.slice(0, 40));
  const shown = keys.length > 6 ? `${keys.slice(0, 6).join(', ')}, ...` : keys.join(', ');
  throw new CheckpointError(source, `it holds no network under the name ema; it has ${shown || 'nothing of a name'}`);
}

function publishedSettings(network: PythonObject, source: string) {
  const keywords = plainValue(network.get('_init_kwargs') ?? null, source);
  const positional = plainValue(network.get('_init_args') ?? [], source);
  if (keywords === null || typeof keywords !== 'object' || Array.isArray(keywords) || !Array.isArray(positional)) {
    throw new CheckpointError(source, 'it does not say which arguments its network was built with');
  }
  if (positional.length > POSITIONAL.length) {
    throw new CheckpointError(source, `its network was built with ${positional.length} arguments without names`);
  }
  const args = { ...Object.fromEntries(positional.map((value, i) => [POSITIONAL[i], value])), ...keywords };
  try {
    return completeNetworkSettings(settingsFromPublished(network.className, args));
  } catch (error) {
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

/** Everything beside the network: values as they are, objects by their class and plain attributes. */
function describeRest(file: PythonDict, network: PythonObject, source: string): Record<string, PlainValue> {
  const rest = [...file].filter(([key, value]) => typeof key === 'string' && value !== network && value !== null);
  return Object.fromEntries(rest.map(([key, value]) => [key, describe(value, source)]));
}

function describe(value: PythonValue, source: string): PlainValue {
  if (!(value instanceof PythonObject)) return plainOrNull(value, source);
  const state = value.state instanceof Map ? [...value.state] : [];
  const attributes = state
    .filter(([name]) => typeof name === 'string' && (!name.startsWith('_') || name.startsWith('_init_')))
    .map(([name, attribute]) => [name, plainOrNull(attribute, source)]);
  return { class: value.className, ...(Object.fromEntries(attributes) as Record<string, PlainValue>) };
}

function plainOrNull(value: PythonValue, source: string): PlainValue {
  try {
    return plainValue(value, source);
  } catch (error) {
    if (error instanceof CheckpointError) return null;
    throw error;
  }
}
