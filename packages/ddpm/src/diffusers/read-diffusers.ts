import { CheckpointError, type StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { describeRole } from '../describe-role.js';
import { completeNetworkSettings } from '../network-settings.js';
import type { PreconditioningSettings } from '../preconditioning/preconditioning.js';
import { NotSupported, type Config } from './config-values.js';
import { readModelConfig } from './model-config.js';
import { modernizeNames } from './names.js';
import { readSchedulerConfig } from './scheduler-config.js';

/** The parts of a diffusers model. */
export interface DiffusersModel {
  /** `config.json` of the network. */
  config: Config;
  /** `scheduler_config.json`; undefined if there is none. */
  scheduler?: Config;
  tensors: StateDict;
}

/** Settings that the user states in place of the files. */
export interface DiffusersOptions {
  /** Time steps at noise levels between two of the schedule. */
  timesteps?: 'nearest' | 'interpolated';
}

/**
 * Reads a `UNet2DModel` of diffusers with its scheduler: how a DDPM, or a consistency model, was trained.
 *
 * @param source the model's name, for messages
 * @returns the contents of a network file, with diffusers' present names, and what was assumed
 * @throws CheckpointError naming what is not supported or not valid
 */
export function readDiffusers(
  { config, scheduler, tensors }: DiffusersModel,
  source: string,
  { timesteps }: DiffusersOptions = {},
): { snapshot: NetworkSnapshot; note?: string } {
  try {
    const described = readModelConfig(config);
    const preconditioning = readPreconditioning(scheduler, timesteps);
    const settings = completeNetworkSettings({ ...described, preconditioning });
    const snapshot = { tensors: modernizeNames(tensors), metadata: describeRole(settings) };
    return scheduler === undefined ? { snapshot, note: NO_SCHEDULER } : { snapshot };
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const what = (error as Error).message.replace(/\.$/, '');
    const where = error instanceof NotSupported ? what : `its configuration is not valid: ${what}`;
    throw new CheckpointError(source, where, { cause: error });
  }
}

const NO_SCHEDULER =
  'there is no scheduler_config.json: assumed a linear schedule from 1e-4 to 0.02 in 1000 steps, and a prediction of the noise';

function readPreconditioning(
  scheduler: Config | undefined,
  timesteps: DiffusersOptions['timesteps'],
): PreconditioningSettings {
  const settings = readSchedulerConfig(scheduler ?? {});
  return settings.scheme === 'ddpm' && timesteps !== undefined ? { ...settings, timesteps } : settings;
}
