import {
  describeGenerator,
  networkMetadata,
  NetworkGenerator,
  readGeneratorRecord,
  splitGeneratorTensors,
  type Generator,
  type GeneratorRecord,
  type Method,
  type NetworkRecord,
} from '@onestep/diffusion-core';
import { CheckpointError, encodeSafetensors, type Safetensors, type StateDict } from '@onestep/checkpoint';
import { loadNetwork, type PreconditionedNetwork } from '@onestep/edm';
import { startEngine, type EngineOptions } from './engine.js';
import { openSource, type LoadOptions, type NetworkSource } from './files/open-source.js';
import { readCheckpoint } from './files/read-checkpoint.js';
import { METHODS } from './methods.js';
import { findModel, MODELS } from './models.js';
import { publishedTeacherNames, publishedTeacherUrl } from './published-teachers.js';

/** What a network file holds: a diffusion model, or a one-step generator. */
export type NetworkRole = 'teacher' | 'generator';

/** A file holds a network of the other role than the one that was loaded. */
export class NetworkRoleError extends CheckpointError {
  /** @internal */
  constructor(
    source: string,
    /** The role of the file's network. */
    readonly role: NetworkRole,
    what: string,
  ) {
    super(source, what);
  }
}

/** Options of {@link openNetwork}. */
export interface OpenNetworkOptions extends LoadOptions, EngineOptions {
  /** Which network of a model that comes with the package (default: the generator). */
  role?: NetworkRole;
  /** Dropout rate in training, in place of the file's. */
  dropout?: number;
}

/** A network file, opened. */
export interface OpenedNetwork {
  /** What messages call the file. */
  name: string;
  role: NetworkRole;
  network: PreconditionedNetwork;
  /** Names of the classes in label order; null if the file has none. */
  classNames: readonly string[] | null;
  /** Of a one-step generator: how its network becomes a generator. Null for a diffusion model. */
  record: GeneratorRecord | null;
  /** Tensors of the generator that are not the network's. */
  tensors: StateDict;
}

/** How a network becomes a one-step generator. */
export interface GeneratorOptions {
  /** Noise level of its input, in place of the file's. With it, a diffusion model becomes a generator too. */
  initSigma?: number;
  /** Scale of guidance, for a generator that was trained with a range of them (default: the middle of the range). */
  guidance?: number;
  /** Methods of your own that may have trained it, besides `METHODS`. */
  methods?: readonly Method[];
}

/** A network file whose network has not been built. */
export interface NetworkFile extends NetworkRecord {
  name: string;
  role: NetworkRole;
  contents: Safetensors;
}

/**
 * Opens a network file of any kind, and says which role its network has.
 *
 * @throws CheckpointError naming the file if it is missing, damaged, or has no network that is known here
 */
export async function openNetwork(source: NetworkSource, options: OpenNetworkOptions = {}): Promise<OpenedNetwork> {
  const file = await readNetworkFile(source, options);
  await startEngine(options);
  return buildNetwork(file, options.dropout);
}

/** Reads a network file without building its network, so that nothing computes before its role has been checked. */
export async function readNetworkFile(source: NetworkSource, options: OpenNetworkOptions): Promise<NetworkFile> {
  const opened = await openSource(addressOf(source, options.role), options).catch((error: unknown) => {
    throw isUnknownName(source, error) ? unknownName(source) : error;
  });
  const contents = readCheckpoint(opened);
  return describeFile(opened.name, contents);
}

/** Reads the settings of a file's contents. */
export function describeFile(name: string, contents: Safetensors): NetworkFile {
  const record = readGeneratorRecord(contents.metadata, name);
  return { ...record, name, contents, role: record.generator === null ? 'teacher' : 'generator' };
}

/** Builds the network of a file on the engine that runs. */
export function buildNetwork({ name, role, settings, generator, classNames, contents }: NetworkFile, dropout?: number) {
  const { network: tensors, generator: own } = splitGeneratorTensors(contents.tensors, generator);
  const model = dropout === undefined ? settings.model : { ...(settings.model as object), dropout };
  const metadata = { ...contents.metadata, ...networkMetadata({ ...settings, model }) };
  const network = loadNetwork({ tensors, metadata }, name);
  return { name, role, network, classNames, record: generator, tensors: readTensors(own) } satisfies OpenedNetwork;
}

/**
 * Makes the one-step generator that a network is, or that it becomes with a noise level.
 *
 * @returns null for a diffusion model without `initSigma`
 * @throws RangeError if `guidance` is not in the generator's range, or it has none; CheckpointError if it was trained by a
 *   method that is not known here and cannot do without
 */
export function createGenerator(opened: OpenedNetwork, options: GeneratorOptions = {}): Generator | null {
  const { initSigma = opened.record?.initSigma, guidance, methods = [] } = options;
  if (initSigma === undefined) return null;
  const record = { ...opened.record, initSigma };
  const method = [...methods, ...METHODS].find(({ name }) => name === record.method);
  const { name, network, tensors } = opened;
  if (method?.openGenerator === undefined && Object.keys(tensors).length > 0) {
    const what = `it was trained by the method "${record.method}", which is not known here; pass it in the option methods`;
    throw new CheckpointError(name, what);
  }
  const generator = method?.openGenerator?.({ network, record, tensors }) ?? new NetworkGenerator(network, initSigma);
  if (guidance === undefined) return generator;
  if (hasGuidance(generator)) return generator.withGuidance(guidance);
  throw new RangeError(`${name} has no input for the scale of guidance: leave guidance out.`);
}

/** Encodes a network, and what makes it a generator, as a safetensors file. */
export async function encodeNetwork(opened: OpenedNetwork): Promise<Uint8Array> {
  const { network, record, tensors } = opened;
  const { settings } = network;
  const metadata = networkMetadata(record === null ? settings : describeGenerator(settings, record));
  return encodeSafetensors({ tensors: { ...(await network.stateDict()), ...tensors }, metadata });
}

function hasGuidance(generator: Generator): generator is Generator & { withGuidance(scale: number): Generator } {
  return 'withGuidance' in generator;
}

/** The elements of tensors, read from their file. */
function readTensors(tensors: StateDict): StateDict {
  return Object.fromEntries(Object.entries(tensors).map(([name, { shape, data }]) => [name, { shape, data }]));
}

/** The address of a model's file or of a published network; any other source as it is. */
function addressOf(source: NetworkSource, role: NetworkRole = 'generator'): NetworkSource {
  if (typeof source !== 'string') return source;
  return findModel(source)?.[role].url ?? publishedTeacherUrl(source) ?? source;
}

/** Whether a source that was not found looks like a name and not like a path. */
function isUnknownName(source: NetworkSource, error: unknown): source is string {
  return error instanceof CheckpointError && typeof source === 'string' && /^[\w-]+$/.test(source);
}

function unknownName(name: string): RangeError {
  const [models, published] = [Object.keys(MODELS), publishedTeacherNames()].map((names) => names.join(', '));
  return new RangeError(
    `There is neither a model nor a file "${name}". Models: ${models}. Published teachers: ${published}.`,
  );
}
