import { DenoiserGenerator } from '@onestep/diffusion-core';
import { loadNetwork, type PreconditionedNetwork } from '@onestep/edm';
import { UserError } from '../user-error.js';
import { networkPath } from './network-source.js';
import { readCheckpoint } from './read-checkpoint.js';

/** A network file, opened. */
export interface LoadedNetwork {
  network: PreconditionedNetwork;
  /** Set for a one-step generator: the noise level of its input. */
  initSigma: number | undefined;
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
  return { network: loadNetwork({ ...file, metadata }, path), initSigma: generator?.initSigma };
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

/**
 * Loads a one-step generator.
 *
 * @param initSigma noise level of its input, in place of the one it was trained with; a diffusion model needs it
 */
export async function loadGenerator(path: string, initSigma?: number): Promise<DenoiserGenerator> {
  const { network, initSigma: trainedSigma } = await openNetwork(path);
  const sigma = initSigma ?? trainedSigma;
  if (sigma === undefined) {
    throw new UserError(
      `${path} is a diffusion model, not a one-step generator. Sample it with "onestep edm generate", ` +
        'or give --init-sigma to see its single step.',
    );
  }
  return new DenoiserGenerator(network, sigma);
}

interface StoredSettings {
  model?: Record<string, unknown>;
  generator?: { initSigma?: number };
}

function parseSettings(json: string, path: string): StoredSettings {
  try {
    return JSON.parse(json) as StoredSettings;
  } catch {
    throw new UserError(`${path}: the network settings in its metadata are not JSON.`);
  }
}
