import { networkMetadata, type NetworkSnapshot } from '@onestep/diffusion-core';
import {
  CheckpointError,
  entriesOf,
  isModule,
  moduleStateDict,
  toPlainValue,
  type PythonObject,
  type PythonValue,
} from '@onestep/checkpoint';
import { loadNetwork, REST_KEY } from './network-file.js';
import { completeNetworkSettings } from './network-settings.js';
import type { PreconditionedNetwork } from './preconditioned-network.js';
import { describeRest } from './published-rest.js';
import { describeConsistencyRole, describePublishedRole } from './published-role.js';
import { isPublishedClass, settingsFromPublished, withoutModule } from './published-settings.js';

/**
 * Names of the network in published files: the averaged one of snapshots, that of the training states of SiD, and the trained
 * one of those of EDM.
 */
const NETWORK_KEYS = ['ema', 'G_ema', 'net'];
/**
 * The entry of a snapshot that onestep wrote with the metadata of its own file.
 *
 * @internal
 */
export const METADATA_KEY = 'onestep';
/** The first constructor arguments of the published wrappers, which all of them share, in order. */
const POSITIONAL = ['img_resolution', 'img_channels', 'label_dim', 'use_fp16'];

/**
 * Whether a PyTorch file is a published snapshot of a network that this package knows.
 *
 * @internal
 */
export function isPublishedSnapshot(file: PythonValue): boolean {
  const network = findNetwork(file);
  return network !== undefined && isPublishedClass(network.className) && network.get('_init_kwargs') !== undefined;
}

/**
 * Converts a published network snapshot to the contents of a network file: weights and buffers under their names, and
 * settings from the network's class and constructor arguments. Diffusion models and one-step generators have the same
 * layout; what the other entries of the file say about the role is kept (see `describePublishedRole`). The rest of the file (loss, augmentation, data set, optimizer) goes into the metadata as JSON, and its tensors are stored
 * next to the network's, under their paths.
 *
 * Tensors are read from the file only when they are needed. The source text in the file is never run.
 *
 * @param file result of `openTorchFile` or `decodeTorchFile`
 * @param source the file's name, for messages
 * @throws CheckpointError if the file holds no network of this package
 */
export function publishedSnapshot(file: PythonValue, source = 'network file'): NetworkSnapshot {
  const network = requireNetwork(file, source);
  const own = ownMetadata(file);
  if (own !== null) return { tensors: moduleStateDict(network, source), metadata: own };
  const args = readArguments(network, source);
  const className = withoutModule(network.className);
  const settings = readSettings(className, args, source);
  const entries = entriesOf(file);
  const rest = entries === undefined ? { description: {}, tensors: {} } : describeRest(entries, network, source);
  const described =
    describeConsistencyRole({ ...settings }, className, args) ??
    describePublishedRole({ ...settings }, entries === undefined ? null : rest.description);
  return {
    tensors: { ...rest.tensors, ...moduleStateDict(network, source) },
    metadata: {
      ...networkMetadata(described),
      ...(Object.keys(rest.description).length > 0 ? { [REST_KEY]: JSON.stringify(rest.description) } : {}),
    },
  };
}

/**
 * Rebuilds the network of a published snapshot: see {@link publishedSnapshot}.
 *
 * @param file result of `openTorchFile` or `decodeTorchFile`
 * @param source the file's name, for messages
 * @throws CheckpointError if the file holds no network of this package, or its weights do not fit
 */
export function loadPublishedNetwork(file: PythonValue, source = 'network file'): PreconditionedNetwork {
  return loadNetwork(publishedSnapshot(file, source), source);
}

/** The metadata of the file that a snapshot was written from; null for all but ours. */
function ownMetadata(file: PythonValue): Record<string, string> | null {
  const entry = file instanceof Map ? file.get(METADATA_KEY) : undefined;
  if (!(entry instanceof Map)) return null;
  const strings = [...entry];
  return strings.every((pair) => pair.every((text) => typeof text === 'string'))
    ? (Object.fromEntries(strings) as Record<string, string>)
    : null;
}

function findNetwork(file: PythonValue): PythonObject | undefined {
  if (isModule(file)) return file;
  const entries = entriesOf(file);
  return NETWORK_KEYS.map((key) => entries?.get(key)).find(isModule);
}

function requireNetwork(file: PythonValue, source: string): PythonObject {
  const network = findNetwork(file);
  if (network !== undefined) return network;
  const entries = entriesOf(file);
  if (entries === undefined) throw new CheckpointError(source, 'it holds no network');
  const keys = [...entries.keys()].filter((key) => typeof key === 'string').map((key) => key.slice(0, 40));
  const shown = keys.length > 6 ? `${keys.slice(0, 6).join(', ')}, ...` : keys.join(', ');
  throw new CheckpointError(source, `it has no network under the name ema; its names are ${shown || 'none'}`);
}

/** The constructor arguments of a network, by name. */
function readArguments(network: PythonObject, source: string): Record<string, unknown> {
  const keywords = toPlainValue(network.get('_init_kwargs') ?? null, source);
  const positional = toPlainValue(network.get('_init_args') ?? [], source);
  if (keywords === null || typeof keywords !== 'object' || Array.isArray(keywords) || !Array.isArray(positional)) {
    throw new CheckpointError(source, 'the constructor arguments of its network are missing');
  }
  if (positional.length > POSITIONAL.length) {
    throw new CheckpointError(source, `its network was constructed with ${positional.length} unnamed arguments`);
  }
  return { ...Object.fromEntries(positional.map((value, i) => [POSITIONAL[i], value])), ...keywords };
}

function readSettings(className: string, args: Record<string, unknown>, source: string) {
  try {
    return completeNetworkSettings(settingsFromPublished(className, args));
  } catch (error) {
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}
