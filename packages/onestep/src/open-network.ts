import {
  checkSynthesisChoice,
  chooseScale,
  describeGenerator,
  guidanceRangeOf,
  isDenoiser,
  isSynthesisGenerator,
  NumpySeeds,
  describeUnstatedRole,
  networkMetadata,
  NetworkGenerator,
  RenoisingGenerator,
  openScaleInput,
  splitGeneratorTensors,
  type Generator,
  type GeneratorRecord,
  type Method,
  type SavedNetwork,
  type SynthesisChoice,
  type TrainableGenerator,
  type UnstatedRole,
} from '@onestep/diffusion-core';
import { CheckpointError, encodeSafetensors, findNonFinite, type StateDict } from '@onestep/checkpoint';
import { describesOwnLatents, loadNetwork } from './formats/network-loaders.js';
import { startEngine, type EngineOptions } from './engine.js';
import type { LoadOptions, NetworkSource } from './files/open-source.js';
import type { StatedSettings, StatedSettingsOptions } from './formats/stated-settings.js';
import { METHODS } from './methods.js';
import { readNetworkFile, type NetworkFile, type NetworkRole } from './network-file.js';

/** Options of {@link openNetwork}. */
export interface OpenNetworkOptions extends LoadOptions, EngineOptions, StatedSettingsOptions {
  /** Selects one of the two networks of a model that comes with the package (default: the generator). */
  role?: NetworkRole;
  /** Dropout rate in training, in place of the file's. */
  dropout?: number;
  /** Whether it multiplies in half precision on engines that have it, in place of the file's. */
  useFp16?: boolean;
}

/** A network file, opened. */
export interface OpenedNetwork {
  /** Name of the file in messages. */
  name: string;
  /** Null if the file does not say whether the network is a diffusion model or a one-step generator. */
  role: NetworkRole | null;
  /** A denoiser, or a generator with latents of its own. */
  network: SavedNetwork;
  /** Names of the classes in label order; null if the file has none. */
  classNames: readonly string[] | null;
  /** Describes how the network is, or becomes, a one-step generator; null for a diffusion model. */
  record: GeneratorRecord | null;
  /** Present if the file does not say the role. */
  unstatedRole?: UnstatedRole;
  /** What was assumed because the file does not say it, in one line; null if nothing was. */
  note: string | null;
  /** The settings that may be stated in place of what was assumed: `settings` of {@link OpenNetworkOptions}. */
  assumed: readonly (keyof StatedSettings)[];
  /** Tensors of the generator that are not the network's. */
  tensors: StateDict;
}

/** Options of a network's use as a one-step generator. `noise`, `psi`, `cutoff` and `numpySeeds` are for a GAN. */
export interface GeneratorOptions extends SynthesisChoice {
  /** Noise level of its input, in place of the file's. With it, a diffusion model becomes a generator too. */
  initSigma?: number;
  /** Scale of guidance, for a generator that was trained with a range of them (default: the middle of the range). */
  guidance?: number;
  /** Whether seeds have the latents that NumPy draws, and so the images of the published program of StyleGAN2. Default: false. */
  numpySeeds?: boolean;
  /** Methods of your own that may have trained it, in addition to `METHODS`. */
  methods?: readonly Method[];
}

/**
 * Opens a network file of any kind, and says which role its network has. Starts an engine if none is running.
 *
 * @throws CheckpointError naming the file if it is missing, damaged, or has no network that is known here; RangeError if
 *   there is no model of this name; BackendError if no engine starts
 */
export async function openNetwork(source: NetworkSource, options: OpenNetworkOptions = {}): Promise<OpenedNetwork> {
  const file = await readNetworkFile(source, options.role ?? 'generator', options);
  await startEngine(options);
  return buildNetwork(file, options);
}

/**
 * Builds the network of a file on the engine that runs.
 *
 * @throws CheckpointError if a weight is NaN or infinite: such a network returns NaN only
 */
export function buildNetwork(
  file: NetworkFile,
  { dropout, useFp16 }: Pick<OpenNetworkOptions, 'dropout' | 'useFp16'> = {},
): OpenedNetwork {
  const { name, role, settings, generator: record, classNames, contents, unstatedRole, note, assumed } = file;
  assertFiniteWeights(contents.tensors, name);
  const { network: tensors, generator: own } = splitGeneratorTensors(contents.tensors, record);
  const model = dropout === undefined ? settings.model : { ...(settings.model as object), dropout };
  const changed = { ...settings, model, ...(useFp16 !== undefined && { useFp16 }) };
  // Both are settings of denoisers. A generator with latents of its own reads its record itself.
  const stated = describesOwnLatents(settings) ? describeGenerator(settings, record ?? {}) : changed;
  const metadata = { ...contents.metadata, ...networkMetadata(stated) };
  const network = loadNetwork({ tensors, metadata }, name);
  return { name, role, network, classNames, record, unstatedRole, note, assumed, tensors: readTensors(own) };
}

/**
 * Makes the one-step generator that a network is, or that it becomes with a noise level.
 *
 * @returns null for a diffusion model without `initSigma`
 * @throws RangeError if `guidance` is not in the generator's range, or it has none; CheckpointError if the generator was
 *   trained by a method that is not known here, and has tensors of that method
 */
export function createGenerator(opened: OpenedNetwork, options: GeneratorOptions = {}): Generator | null {
  const { initSigma = opened.record?.initSigma, guidance, methods = [] } = options;
  const { name, network, tensors } = opened;
  if (!isDenoiser(network)) return chooseSynthesis(network, options, name);
  if (initSigma === undefined) return null;
  assertNoneGiven(options, SYNTHESIS_OPTIONS, `${name} is made of a denoiser`);
  const record: GeneratorRecord & { initSigma: number } = { ...opened.record, initSigma };
  const { network: scaled, rest } = openScaleInput(network, record, tensors, name);
  const method = [...methods, ...METHODS].find(({ name }) => name === record.method);
  if (method?.openGenerator === undefined && Object.keys(rest).length > 0) {
    const what = `it was trained by the method "${record.method}", which is not known here; pass it in the option methods`;
    throw new CheckpointError(name, what);
  }
  // A denoiser of which nothing says how it was trained may be applied again.
  const severalSteps = method?.severalSteps ?? record.method === undefined;
  const Usual = severalSteps ? RenoisingGenerator : NetworkGenerator;
  const generator = method?.openGenerator?.({ network: scaled, record, tensors: rest }) ?? new Usual(scaled, initSigma);
  if (guidance === undefined) return generator;
  if (guidanceRangeOf(generator) !== null) return chooseScale(generator, guidance);
  const trained = typeof record.guidance === 'number' ? ` It was trained with guidance ${record.guidance}.` : '';
  throw new RangeError(`${name} has no input for the scale of guidance: leave \`guidance\` out.${trained}`);
}

const SYNTHESIS_OPTIONS = ['psi', 'cutoff', 'noise', 'numpySeeds'] as const;

/** A generator with latents of its own, as its images are wanted. @throws RangeError naming an option that it does not take */
function chooseSynthesis(generator: TrainableGenerator, options: GeneratorOptions, name: string): Generator {
  assertNoneGiven(options, ['initSigma', 'guidance'], `${name} has latents of its own`);
  if (!isSynthesisGenerator(generator)) {
    assertNoneGiven(options, SYNTHESIS_OPTIONS, `${name} has no mapping network`);
    return generator;
  }
  const { psi, cutoff, noise } = options;
  checkSynthesisChoice({ psi, cutoff, noise });
  const chosen = generator.withSynthesis({ psi, cutoff, noise });
  if (options.numpySeeds !== true) return chosen;
  const { noise: settled } = Object(chosen.settings.generator) as SynthesisChoice;
  if (settled === 'random') {
    throw new RangeError(
      `${name}: \`numpySeeds\` are those of z, and \`noise\` random has others: choose const or none.`,
    );
  }
  return new NumpySeeds(chosen);
}

function assertNoneGiven(options: GeneratorOptions, names: readonly (keyof GeneratorOptions)[], why: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw new RangeError(`${why}, and takes no \`${given}\`: leave it out.`);
}

/**
 * Adds what is assumed about the role of a network whose file does not say it to the line about its settings.
 *
 * @internal
 */
export function addNote<T extends Pick<NetworkFile, 'note'>>(file: T, line: string): T {
  return { ...file, note: file.note === null ? line : `${file.note} ${line}` };
}

/** Encodes a network, and its description as a generator, as a safetensors file. */
export async function encodeNetwork({ network, record, unstatedRole, tensors }: OpenedNetwork): Promise<Uint8Array> {
  const { settings, module } = network;
  const described =
    record !== null
      ? describeGenerator(settings, record)
      : unstatedRole !== undefined
        ? describeUnstatedRole(settings, unstatedRole)
        : settings;
  return encodeSafetensors({
    tensors: { ...(await module.stateDict()), ...tensors },
    metadata: networkMetadata(described),
  });
}

function assertFiniteWeights(tensors: StateDict, file: string): void {
  const broken = findNonFinite(tensors);
  if (broken === undefined) return;
  const what = `its tensor ${broken.name} holds ${broken.holds}: the network is dead, as after a training run that diverged`;
  throw new CheckpointError(file, `${what}. Use an earlier snapshot of its run`);
}

/** Reads the elements of tensors from their file. */
function readTensors(tensors: StateDict): StateDict {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { shape, data, dtype }]) => [name, { shape, data, dtype }]),
  );
}
