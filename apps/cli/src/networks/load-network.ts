import type { DenoiserNetwork, Generator } from '@onestep/diffusion-core';
import * as onestep from 'onestep';
import { UserError } from '../user-error.js';
import { currentPlace, withDownload } from './network-source.js';

export { createGenerator as generatorOf, type GeneratorOptions } from 'onestep';

/** Settings that may be replaced when a network is loaded. */
export interface NetworkOverrides {
  /** Dropout rate in training. */
  dropout?: number;
  /** Whether it multiplies in half precision on engines that have it. */
  useFp16?: boolean;
}

/** Opens a network file: a path, a URL, or the name of a model or a published network. */
export async function openNetwork(source: string, overrides: NetworkOverrides = {}): Promise<onestep.OpenedNetwork> {
  const place = await currentPlace(source);
  return withDownload(place, (options) => onestep.openNetwork(place, { ...options, ...overrides }));
}

/** Loads a network to be used as a teacher, or sampled in many steps. @throws UserError if it is a one-step generator */
export async function loadTeacher(source: string, overrides: NetworkOverrides = {}): Promise<DenoiserNetwork> {
  return (await loadTeacherModel(source, overrides)).network;
}

/** Loads a diffusion model with its sampler. @throws UserError if it is a one-step generator */
export async function loadTeacherModel(source: string, overrides: NetworkOverrides = {}): Promise<onestep.Teacher> {
  const place = await currentPlace(source);
  const load = (options: onestep.LoadOptions) => onestep.loadTeacher(place, { ...options, ...overrides });
  return withDownload(place, load).catch((error: unknown) => {
    if (!(error instanceof onestep.NetworkRoleError)) throw error;
    throw new UserError(
      `${source} is a one-step generator, and a diffusion model is needed. Use "onestep generate" with it.`,
    );
  });
}

/** Loads a one-step generator. @throws UserError if it is a diffusion model, and no noise level is given */
export async function loadGenerator(source: string, options: onestep.GeneratorOptions = {}): Promise<Generator> {
  return (await loadGeneratorModel(source, options)).generator;
}

/** Loads a one-step generator with its sampler. @throws UserError if it is a diffusion model, and no noise level is given */
export async function loadGeneratorModel(
  source: string,
  settings: onestep.GeneratorOptions = {},
): Promise<onestep.OneStepGenerator> {
  const place = await currentPlace(source);
  const load = (options: onestep.LoadOptions) => onestep.loadGenerator(place, { ...options, ...settings });
  return withDownload(place, load).catch((error: unknown) => {
    if (!(error instanceof onestep.NetworkRoleError)) throw error;
    throw new UserError(
      `${source} is a diffusion model, not a one-step generator. Sample it with "onestep edm generate", ` +
        'or give --init-sigma to see its single step.',
    );
  });
}
