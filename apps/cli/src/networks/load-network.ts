import { BootGenerator, GuidanceLabels } from '@onestep/boot';
import { DenoiserGenerator, takePart, type Generator } from '@onestep/diffusion-core';
import { loadNetwork, type PreconditionedNetwork } from '@onestep/edm';
import type { StateDict } from '@onestep/checkpoint';
import { UserError } from '../user-error.js';
import { networkPath } from './network-source.js';
import { readCheckpoint } from './read-checkpoint.js';

/** A network file, opened. */
export interface LoadedNetwork {
  network: PreconditionedNetwork;
  /** Set for a one-step generator: the noise level of its input. */
  initSigma: number | undefined;
  /** Set for a one-step generator that is told the scale of guidance. */
  guidance: GuidanceLabels | undefined;
}

/** How a one-step generator is used. */
export interface GeneratorOptions {
  /** Noise level of its input, in place of the one it was trained with; a diffusion model needs it. */
  initSigma?: number;
  /** Scale of guidance, for one that was trained with a range of them. */
  guidance?: number;
}

/** Settings that may be replaced when a network is loaded. */
export interface NetworkOverrides {
  /** Dropout rate in training. */
  dropout?: number;
}

/**
 * Loads a network.
 *
 * @param source a file (a snapshot of this program, a published `.pkl`, a converted `.pth`), an http(s) address of one, or
 *   the name of a published network: see {@link networkPath}
 * @throws UserError naming the file if it is missing, damaged or no network
 */
export async function openNetwork(source: string, overrides: NetworkOverrides = {}): Promise<LoadedNetwork> {
  const path = await networkPath(source);
  const file = await readCheckpoint(path);
  if (file.metadata.onestep === undefined) {
    throw new UserError(`${path} is not a network of this program: it has no settings.`);
  }
  const { generator, ...settings } = parseSettings(file.metadata.onestep, path);
  if (overrides.dropout !== undefined) settings.model = { ...settings.model, dropout: overrides.dropout };
  const metadata = { ...file.metadata, onestep: JSON.stringify(settings) };
  const { tensors, guidance } = withoutGuidance(file.tensors, generator);
  return { network: loadNetwork({ tensors, metadata }, path), initSigma: generator?.initSigma, guidance };
}

/** Loads a network to be used as a teacher, or sampled in many steps. */
export async function loadTeacher(path: string, overrides: NetworkOverrides = {}): Promise<PreconditionedNetwork> {
  const { network, initSigma } = await openNetwork(path, overrides);
  if (initSigma !== undefined) {
    throw new UserError(
      `${path} is a one-step generator, and a diffusion model is needed. Use "onestep generate" with it.`,
    );
  }
  return network;
}

/** Loads a one-step generator. @throws UserError if it is none, or cannot be used so */
export async function loadGenerator(path: string, options: GeneratorOptions = {}): Promise<Generator> {
  const generator = generatorOf(await openNetwork(path), options);
  if (generator !== null) return generator;
  throw new UserError(
    `${path} is a diffusion model, not a one-step generator. Sample it with "onestep edm generate", ` +
      'or give --init-sigma to see its single step.',
  );
}

/** The one-step generator that a network is, or that it becomes by a noise level; null if it is none. */
export function generatorOf(
  { network, guidance, ...trained }: LoadedNetwork,
  { initSigma = trained.initSigma, guidance: scale }: GeneratorOptions = {},
): Generator | null {
  if (initSigma === undefined) return null;
  if (guidance === undefined && scale === undefined) return new DenoiserGenerator(network, initSigma);
  return new BootGenerator({ network, initSigma, guidance, scale });
}

interface StoredSettings {
  model?: Record<string, unknown>;
  generator?: { initSigma?: number; guidance?: [number, number] };
}

function parseSettings(json: string, path: string): StoredSettings {
  try {
    return JSON.parse(json) as StoredSettings;
  } catch {
    throw new UserError(`${path}: the network settings in its metadata are not JSON.`);
  }
}

/** Takes what tells a generator the scale of guidance out of its file. */
function withoutGuidance(tensors: StateDict, generator: StoredSettings['generator']) {
  if (generator?.guidance === undefined) return { tensors, guidance: undefined };
  const part = takePart(tensors, 'guidance');
  const guidance = new GuidanceLabels(generator.guidance, part.weight?.shape[1] ?? 0);
  guidance.loadStateDict(part);
  const others = Object.entries(tensors).filter(([name]) => !name.startsWith('guidance.'));
  return { tensors: Object.fromEntries(others), guidance };
}
