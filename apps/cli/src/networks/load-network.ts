import type { DenoiserNetwork, Generator } from '@onestep/diffusion-core';
import { BackendError } from '@onestep/backends';
import * as onestep from 'onestep';
import { nameNetworkFlags, noteWithFlags } from '../options/network-options.js';
import { nameSynthesisFlags } from '../options/synthesis-options.js';
import { UserError } from '../user-error.js';
import { currentPlace, withDownload } from './network-source.js';
import { writeNote } from '../terminal/output-mode.js';

export type { GeneratorOptions } from 'onestep';

/** Settings that may be replaced when a network is loaded. */
export interface NetworkOverrides {
  /** Dropout rate in training. */
  dropout?: number;
  /** Whether it multiplies in half precision on engines that have it. */
  useFp16?: boolean;
  /** In which numbers a network that is only sampled computes. */
  precision?: onestep.Precision;
  /** Settings that the file does not state. */
  settings?: onestep.StatedSettings;
  /** Whether the settings are for several files, so that some may have no effect on this one. */
  sharesSettings?: boolean;
}

/** Opens a network file: a path, a URL, or the name of a model or a published network. */
export async function openNetwork(source: string, overrides: NetworkOverrides = {}): Promise<onestep.OpenedNetwork> {
  const place = await currentPlace(source);
  const open = (options: onestep.LoadOptions) => onestep.openNetwork(place, { ...options, ...overrides });
  return withNote(withDownload(place, open));
}

/**
 * Makes the one-step generator that a network is, or becomes with a noise level; null for a diffusion model.
 *
 * @throws UserError naming an option that the generator does not take
 */
export function generatorOf(opened: onestep.OpenedNetwork, options: onestep.GeneratorOptions): Generator | null {
  try {
    return onestep.createGenerator(opened, options);
  } catch (error) {
    throw error instanceof RangeError ? new UserError(nameSynthesisFlags(error.message), 2) : error;
  }
}

/** Loads a network to be used as a teacher, or sampled in many steps. @throws UserError if it is a one-step generator */
export async function loadTeacher(source: string, overrides: NetworkOverrides = {}): Promise<DenoiserNetwork> {
  return (await loadTeacherModel(source, overrides)).network;
}

/** Loads a diffusion model with its sampler. @throws UserError if it is a one-step generator */
export async function loadTeacherModel(source: string, overrides: NetworkOverrides = {}): Promise<onestep.Teacher> {
  const place = await currentPlace(source);
  const load = (options: onestep.LoadOptions) => onestep.loadTeacher(place, { ...options, ...overrides });
  return withNote(withDownload(place, load)).catch((error: unknown) => {
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
  settings: onestep.GeneratorOptions & Pick<NetworkOverrides, 'settings' | 'precision'> = {},
): Promise<onestep.OneStepGenerator> {
  const place = await currentPlace(source);
  const load = (options: onestep.LoadOptions) => onestep.loadGenerator(place, { ...options, ...settings });
  return withNote(withDownload(place, load)).catch((error: unknown) => {
    if (!(error instanceof onestep.NetworkRoleError)) throw error;
    if (error.role === null) throw unstatedGenerator(source);
    throw new UserError(
      `${source} is a diffusion model, not a one-step generator. Sample it with "onestep edm generate", ` +
        'or give --init-sigma to see its single step.',
    );
  });
}

/** Prints what was assumed about a network, with the options that state something else; messages name options as typed. */
async function withNote<T extends Pick<onestep.OpenedNetwork, 'note' | 'assumed'>>(loading: Promise<T>): Promise<T> {
  const loaded = await loading.catch((error: unknown) => {
    if (error instanceof BackendError) throw new UserError(error.message);
    if (error instanceof Error && !(error instanceof onestep.NetworkRoleError))
      error.message = nameNetworkFlags(nameSynthesisFlags(error.message));
    throw error;
  });
  if (loaded.note !== null) writeNote(noteWithFlags(nameNetworkFlags(loaded.note), loaded.assumed));
  return loaded;
}

function unstatedGenerator(source: string): UserError {
  return new UserError(
    `${source} does not say whether it is a one-step generator. Give the noise level of its input, --init-sigma 2.5 for SiD or ` +
      '--init-sigma 1 for Diff-Instruct; or sample it in --steps with "onestep edm generate", if it is a diffusion model.',
    2,
  );
}
