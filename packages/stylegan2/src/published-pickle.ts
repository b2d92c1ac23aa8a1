import {
  CheckpointError,
  entriesOf,
  isModule,
  moduleStateDict,
  toPlainValue,
  type PlainValue,
  type PythonObject,
  type PythonValue,
  type StateDict,
} from '@onestep/checkpoint';
import { describeGenerator, networkMetadata, type NetworkSnapshot } from '@onestep/diffusion-core';
import { checkDiscriminatorSettings, checkGeneratorSettings } from './check-settings.js';
import { discriminatorFileSettings, networkSettings } from './network-settings.js';
import { discriminatorSettings, generatorSettings, type PublishedArguments } from './published-settings.js';
import type { DiscriminatorSettings, SynthesisGeneratorSettings } from './settings.js';

/** A network of a published file. */
export interface PublishedNetwork<S> {
  settings: S;
  /** Weights and buffers under their names. They are read from the file only when they are needed. */
  tensors: StateDict;
}

/** The contents of a published file, `network-snapshot-<kimg>.pkl`. What it does not have is null. */
export interface PublishedGan {
  G: PublishedNetwork<SynthesisGeneratorSettings> | null;
  /** The averaged generator, the one to use. */
  G_ema: PublishedNetwork<SynthesisGeneratorSettings> | null;
  D: PublishedNetwork<DiscriminatorSettings> | null;
  /** Arguments of the data set, such as `path` and `use_labels`, as JSON. */
  trainingSetKwargs: PlainValue;
  /** The augmentation: arguments of its constructor, and its probability p. */
  augmentPipe: { kwargs: PublishedArguments; p: number | null } | null;
}

/** Whether a PyTorch file holds a generator or discriminator of the published code. */
export function isPublishedGan(file: PythonValue): boolean {
  const entries = ganEntries(file);
  return ['G_ema', 'G', 'D'].some((name) => isNetwork(entries.get(name)));
}

/**
 * Reads a published file: a dict of networks, or one pickled generator. The source text in the file is never run.
 *
 * @param file result of `openTorchFile` or `decodeTorchFile`
 * @param source the file's name, for messages
 * @throws CheckpointError if it has none of these networks, or one of them is not a network of this package
 */
export function publishedGan(file: PythonValue, source = 'network file'): PublishedGan {
  if (!isPublishedGan(file)) throw new CheckpointError(source, 'it has no network under the names G_ema, G or D');
  const entries = ganEntries(file);
  const read = <S>(name: string, convert: (kwargs: PublishedArguments) => S, check: (settings: S) => void) => {
    const network = entries.get(name);
    if (!isNetwork(network)) return null;
    try {
      const settings = convert(constructorArguments(network, source));
      check(settings);
      return { settings, tensors: moduleStateDict(network, source) };
    } catch (error) {
      if (error instanceof CheckpointError) throw error;
      throw new CheckpointError(source, `${name}: ${(error as Error).message.replace(/\.$/, '')}`, { cause: error });
    }
  };
  return {
    G: read('G', generatorSettings, checkGeneratorSettings),
    G_ema: read('G_ema', generatorSettings, checkGeneratorSettings),
    D: read('D', discriminatorSettings, checkDiscriminatorSettings),
    trainingSetKwargs: toPlainValue(entries.get('training_set_kwargs') ?? null, source),
    augmentPipe: readAugmentPipe(entries.get('augment_pipe'), source),
  };
}

/**
 * Converts a published file to the contents of a generator's file: the averaged generator, or the trained one if that is all there
 * is. Its noise is constant, as in the published command that makes images.
 *
 * @param file result of `openTorchFile` or `decodeTorchFile`
 * @param source the file's name, for messages
 * @throws CheckpointError if it has no generator of this package
 */
export function publishedGenerator(file: PythonValue, source = 'network file'): NetworkSnapshot {
  const { G_ema, G } = publishedGan(file, source);
  const network = G_ema ?? G;
  if (network === null) throw new CheckpointError(source, 'it has a discriminator, and no generator');
  const settings = describeGenerator(networkSettings(network.settings), { noise: 'const' });
  return { tensors: network.tensors, metadata: networkMetadata(settings) };
}

/** The same for its discriminator. @throws CheckpointError if it has none of this package */
export function publishedDiscriminator(file: PythonValue, source = 'network file'): NetworkSnapshot {
  const { D } = publishedGan(file, source);
  if (D === null) throw new CheckpointError(source, 'it has no network under the name D');
  return { tensors: D.tensors, metadata: networkMetadata(discriminatorFileSettings(D.settings)) };
}

/** The entries of a file by name. A pickled generator alone counts as `G_ema`, a discriminator as `D`. */
function ganEntries(file: PythonValue): ReadonlyMap<PythonValue, PythonValue> {
  if (isNetwork(file)) return new Map([[/Discriminator$/.test(file.className) ? 'D' : 'G_ema', file]]);
  return entriesOf(file) ?? new Map<PythonValue, PythonValue>();
}

/** Whether a value is a network of the published code, by its class. */
function isNetwork(value: PythonValue | undefined): value is PythonObject {
  return isModule(value) && /(^|\.)(Generator|Discriminator)$/.test(value.className) && hasArguments(value);
}

const hasArguments = (object: PythonObject) => object.get('_init_kwargs') !== undefined;

function constructorArguments(object: PythonObject, source: string): PublishedArguments {
  const kwargs = toPlainValue(object.get('_init_kwargs') ?? null, source);
  const args = toPlainValue(object.get('_init_args') ?? [], source);
  if (typeof kwargs !== 'object' || kwargs === null || Array.isArray(kwargs)) {
    throw new CheckpointError(source, 'the constructor arguments of its network are missing');
  }
  if (!Array.isArray(args) || args.length > 0) {
    throw new CheckpointError(source, 'its network was constructed with unnamed arguments');
  }
  return kwargs;
}

function readAugmentPipe(pipe: PythonValue | undefined, source: string): PublishedGan['augmentPipe'] {
  if (!isModule(pipe) || !hasArguments(pipe)) return null;
  const p = moduleStateDict(pipe, source).p;
  return { kwargs: constructorArguments(pipe, source), p: p?.data.length === 1 ? Number(p.data[0]) : null };
}
