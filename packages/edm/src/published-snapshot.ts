import type { NetworkSnapshot } from '@onestep/diffusion-core';
import {
  CheckpointError,
  isModule,
  moduleStateDict,
  toPlainValue,
  type PythonObject,
  type PythonValue,
} from '@onestep/checkpoint';
import { loadNetwork, REST_KEY, SETTINGS_KEY } from './network-file.js';
import { completeNetworkSettings } from './network-settings.js';
import type { PreconditionedNetwork } from './preconditioned-network.js';
import { publishedRest } from './published-rest.js';
import { isPublishedClass, settingsFromPublished } from './published-settings.js';

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
 * `generator.initSigma`. What else is in the file (loss, augmentation, data set, optimizer) goes into the metadata as
 * JSON, and its tensors stand beside the network's, under the paths that lead to them.
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
  const rest = file instanceof Map ? publishedRest(file, network, source) : { description: {}, tensors: {} };
  const { init_sigma: initSigma } = rest.description;
  const generator = typeof initSigma === 'number' ? { generator: { initSigma } } : {};
  return {
    tensors: { ...rest.tensors, ...moduleStateDict(network, source) },
    metadata: {
      [SETTINGS_KEY]: JSON.stringify({ ...settings, ...generator }),
      ...(Object.keys(rest.description).length > 0 ? { [REST_KEY]: JSON.stringify(rest.description) } : {}),
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
  const keywords = toPlainValue(network.get('_init_kwargs') ?? null, source);
  const positional = toPlainValue(network.get('_init_args') ?? [], source);
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
