import { CheckpointError } from '@onestep/checkpoint';
import {
  checkSynthesisChoice,
  networkMetadata,
  readGeneratorRecord,
  type NetworkSnapshot,
  type SynthesisChoice,
} from '@onestep/diffusion-core';
import { checkDiscriminatorSettings, checkGeneratorSettings } from './check-settings.js';
import { DISCRIMINATOR_TYPE, discriminatorFileSettings, GENERATOR_TYPE, joinSettings } from './network-settings.js';
import { DiscriminatorNetwork } from './networks/discriminator-network.js';
import { GeneratorNetwork } from './networks/generator-network.js';
import type { DiscriminatorSettings, SynthesisGeneratorSettings } from './settings.js';
import { StyleGan2Generator, type StyleGan2GeneratorOptions } from './stylegan2-generator.js';
import { assertDiscriminatorFits, assertGeneratorFits } from './weights-fit.js';

/** Whether settings of a file, as `readGeneratorRecord` of diffusion-core returns them, are those of a generator of this package. */
export function isStyleGan2(settings: Readonly<Record<string, unknown>>): boolean {
  return joinSettings(GENERATOR_TYPE, settings) !== null;
}

/**
 * Converts a generator to the contents of a safetensors file: weights and buffers under their published names, and settings,
 * noise mode and truncation as metadata.
 */
export async function saveGenerator(generator: StyleGan2Generator): Promise<NetworkSnapshot> {
  return { tensors: await generator.network.stateDict(), metadata: networkMetadata(generator.settings) };
}

/**
 * Rebuilds a generator from the contents of a file. The sizes in the settings are compared with the weights before any memory is
 * allocated.
 *
 * @param source the file's name, for messages
 * @param options in place of the file's: noise mode, latent, truncation
 * @throws CheckpointError if the file has no settings, they do not describe a generator, or the weights do not fit them
 */
export function loadGenerator(
  { tensors, metadata }: NetworkSnapshot,
  source = 'network file',
  options: StyleGan2GeneratorOptions = {},
): StyleGan2Generator {
  const { settings, generator } = readGeneratorRecord(metadata, source);
  const joined = joinSettings(GENERATOR_TYPE, settings) as SynthesisGeneratorSettings | null;
  if (joined === null) throw new CheckpointError(source, 'its settings do not describe a generator of StyleGAN2');
  return build(source, () => {
    checkGeneratorSettings(joined);
    const stated = generatorOptions(generator ?? {});
    assertGeneratorFits(joined, tensors);
    const network = new GeneratorNetwork(joined, null);
    return loading(network, () => {
      network.loadStateDict(tensors);
      return new StyleGan2Generator(network, { ...stated, ...options });
    });
  });
}

/** Converts a discriminator to the contents of a safetensors file. */
export async function saveDiscriminator(discriminator: DiscriminatorNetwork): Promise<NetworkSnapshot> {
  return {
    tensors: await discriminator.stateDict(),
    metadata: networkMetadata(discriminatorFileSettings(discriminator.settings)),
  };
}

/**
 * Rebuilds a discriminator from the contents of a file.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError if the file has no settings, they do not describe a discriminator, or the weights do not fit them
 */
export function loadDiscriminator(
  { tensors, metadata }: NetworkSnapshot,
  source = 'network file',
): DiscriminatorNetwork {
  const { settings } = readGeneratorRecord(metadata, source);
  const joined = joinSettings(DISCRIMINATOR_TYPE, settings) as DiscriminatorSettings | null;
  if (joined === null) throw new CheckpointError(source, 'its settings do not describe a discriminator of StyleGAN2');
  return build(source, () => {
    checkDiscriminatorSettings(joined);
    assertDiscriminatorFits(joined, tensors);
    const network = new DiscriminatorNetwork(joined, null);
    return loading(network, () => {
      network.loadStateDict(tensors);
      return network;
    });
  });
}

/** The options in a generator's record. @throws naming one that is not valid */
function generatorOptions(record: Readonly<Record<string, unknown>>): StyleGan2GeneratorOptions {
  const { noise = 'const', latent = 'z', psi = 1, cutoff = null } = record;
  checkSynthesisChoice({ noise, psi, cutoff } as SynthesisChoice);
  if (latent !== 'z' && latent !== 'w') throw new Error(`latent must be z or w, not ${JSON.stringify(latent)}.`);
  return { noise, latent, psi, cutoff } as StyleGan2GeneratorOptions;
}

function build<T>(source: string, create: () => T): T {
  try {
    return create();
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

/** Frees the network where `load` fails. */
function loading<T>(network: { dispose(): void }, load: () => T): T {
  try {
    return load();
  } catch (error) {
    network.dispose();
    throw error;
  }
}
