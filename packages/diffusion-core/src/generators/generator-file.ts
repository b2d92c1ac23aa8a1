import { CheckpointError, parseJson, type StateDict } from '@onestep/checkpoint';
import { sampleOfLabels } from '../conditions/sample-of-labels.js';
import { describeInvalidLabels, type Labeled, type TrainingLabels } from '../conditions/training-labels.js';
import type { NetworkSnapshot } from '../training/task.js';

/**
 * The metadata entry of a network file that holds its settings as JSON. The settings of a diffusion model are those from
 * which the network's package rebuilds it: `imgResolution`, `imgChannels`, `labelDim`, `classNames`, `labels` (a
 * {@link TrainingLabels}), the architecture.
 * The settings of a one-step generator have one more entry, `generator`: a {@link GeneratorRecord}.
 *
 * @internal
 */
export const SETTINGS_ENTRY = 'onestep';

/**
 * What is wrong with a generator record, or lacks in that of a denoiser.
 *
 * @internal
 */
export const INVALID_RECORD = 'its metadata describe a one-step generator without a valid initSigma';

/** The entry of a file that describes its network as a one-step generator. JSON. */
export interface GeneratorRecord {
  /** Noise level of the generator's input, where that is a noisy image; left out for a network with latents of its own. */
  initSigma?: number;
  /** Name of the method that trained it; absent if unknown. */
  method?: string;
  /** The method's own settings, such as `alpha` or `guidance`. */
  [setting: string]: unknown;
}

/**
 * The settings of a network file.
 *
 * @internal
 */
export interface NetworkRecord {
  /** Settings from which the network's package rebuilds the network. */
  settings: Record<string, unknown>;
  /** Names of the classes in label order; null if the file has none. */
  classNames: readonly string[] | null;
  /** Null for a diffusion model, and for a network of which the file does not say what it is. */
  generator: GeneratorRecord | null;
  /** Present if the file does not say whether the network is a diffusion model or a one-step generator. */
  unstatedRole?: UnstatedRole;
}

/** What is known about a network of which the file does not say whether it is a one-step generator. */
export interface UnstatedRole {
  /** Noise level of the generator's input that published programs take for files of this kind, if it is a generator. */
  usualInitSigma?: number;
}

/**
 * Adds a generator's record to a network's settings.
 *
 * @param settings the network's, or those of a generator, whose record is extended
 * @param record entries that are undefined are not written
 */
export function describeGenerator(
  settings: Readonly<Record<string, unknown>>,
  record: Partial<GeneratorRecord>,
): Record<string, unknown> {
  const { generator, unstatedRole: _, ...network } = settings;
  return { ...network, generator: { ...(generator as object | undefined), ...record } };
}

/**
 * Adds to a network's settings that nothing says whether the network is a diffusion model or a one-step generator, such as
 * bare weights and published snapshots of students.
 */
export function describeUnstatedRole(
  settings: Readonly<Record<string, unknown>>,
  unstatedRole: UnstatedRole = {},
): Record<string, unknown> {
  return { ...settings, unstatedRole };
}

/**
 * States in the contents of a generator's file which labels it was trained on, where they are not its own.
 *
 * @param labels undefined where nothing is known of them; of many captions, the file has a sample
 */
export function describeLabels(
  contents: NetworkSnapshot,
  generator: Labeled,
  labels: TrainingLabels | undefined,
): NetworkSnapshot {
  const stated = labels && sampleOfLabels(labels);
  if (stated === undefined || JSON.stringify(stated) === JSON.stringify(generator.labels)) return contents;
  const settings = parseSettings(contents.metadata[SETTINGS_ENTRY], 'network file');
  return { ...contents, metadata: { ...contents.metadata, ...networkMetadata({ ...settings, labels: stated }) } };
}

/** Writes settings as the metadata of a file. */
export function networkMetadata(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  return { [SETTINGS_ENTRY]: JSON.stringify(settings) };
}

/**
 * Reads the settings of a network file.
 *
 * @param metadata the file's
 * @param source the file's name, for messages
 * @throws CheckpointError if there are no settings, or those of the generator, the labels or the class names are not valid
 * @internal
 */
export function readGeneratorRecord(
  metadata: Readonly<Record<string, string>>,
  source = 'network file',
): NetworkRecord {
  const { generator, unstatedRole, ...settings } = parseSettings(metadata[SETTINGS_ENTRY], source);
  const { classNames } = settings;
  if (classNames !== undefined && !isListOfNames(classNames, settings.labelDim)) {
    throw new CheckpointError(source, `the class names in its metadata are not ${settings.labelDim} strings`);
  }
  const problem = settings.labels === undefined ? null : describeInvalidLabels(settings.labels, settings.labelDim);
  if (problem !== null) throw new CheckpointError(source, `the labels in its metadata ${problem}`);
  if (generator !== undefined && !isGeneratorRecord(generator)) {
    throw new CheckpointError(source, INVALID_RECORD);
  }
  if (unstatedRole !== undefined && !isUnstatedRole(unstatedRole)) {
    throw new CheckpointError(source, 'its metadata have an entry unstatedRole that is not valid');
  }
  const known = { settings, classNames: classNames ?? null, generator: generator ?? null };
  return known.generator !== null || unstatedRole === undefined ? known : { ...known, unstatedRole };
}

/**
 * Separates the tensors of a generator from those of its network. Tensors that belong to a setting of the method stand
 * under the setting's name: `guidance.weight` for `guidance`.
 *
 * @internal
 */
export function splitGeneratorTensors(
  tensors: StateDict,
  record: GeneratorRecord | null,
): { network: StateDict; generator: StateDict } {
  const isOwn = (name: string) => Object.keys(record ?? {}).some((setting) => name.startsWith(`${setting}.`));
  const entries = Object.entries(tensors);
  return {
    network: Object.fromEntries(entries.filter(([name]) => !isOwn(name))),
    generator: Object.fromEntries(entries.filter(([name]) => isOwn(name))),
  };
}

function parseSettings(json: string | undefined, source: string): Record<string, unknown> {
  if (json === undefined) {
    throw new CheckpointError(
      source,
      `its metadata has no network settings (entry "${SETTINGS_ENTRY}"); only files saved by onestep have them`,
    );
  }
  let settings: unknown;
  try {
    settings = parseJson(json);
  } catch (error) {
    throw new CheckpointError(source, 'the network settings in its metadata are not JSON', { cause: error });
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new CheckpointError(source, 'the network settings in its metadata do not describe a network');
  }
  return settings as Record<string, unknown>;
}

function isListOfNames(value: unknown, count: unknown): value is string[] {
  return Array.isArray(value) && value.length === count && value.every((name) => typeof name === 'string');
}

function isUnstatedRole(value: unknown): value is UnstatedRole {
  if (typeof value !== 'object' || value === null) return false;
  const { usualInitSigma } = value as UnstatedRole;
  return usualInitSigma === undefined || (typeof usualInitSigma === 'number' && usualInitSigma > 0);
}

function isGeneratorRecord(value: unknown): value is GeneratorRecord {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { initSigma } = value as GeneratorRecord;
  return initSigma === undefined || (typeof initSigma === 'number' && initSigma > 0);
}
