import { CheckpointError, type StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { describeAssumptions } from '../describe-assumptions.js';
import { describeRole } from '../describe-role.js';
import { checkDdpmOptions, type DdpmOptions } from '../ddpm-options.js';
import { completeNetworkSettings } from '../network-settings.js';
import type { PreconditioningSettings } from '../preconditioning/preconditioning.js';
import { NotSupported, type Config } from './config-values.js';
import { readModelConfig } from './model-config.js';
import { inferDdpmConfig } from './infer-ddpm-config.js';
import { isDdpmStateDict, modernizeNames } from './names.js';
import { readSchedulerConfig } from './scheduler-config.js';

/** The parts of a diffusers model. */
export interface DiffusersModel {
  /** `config.json` of the network; undefined if there is none, which only the files of DDPM's PyTorch versions can do without. */
  config?: Config;
  /** `scheduler_config.json`; undefined if there is none. */
  scheduler?: Config;
  tensors: StateDict;
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
  { imgResolution, timesteps }: Pick<DdpmOptions, 'imgResolution' | 'timesteps'> = {},
): { snapshot: NetworkSnapshot; note?: string } {
  checkDdpmOptions({ imgResolution, timesteps });
  try {
    if (config === undefined && !isDdpmStateDict(tensors)) throw new NotSupported(NO_CONFIG);
    const given = config ?? inferDdpmConfig(tensors);
    const described = readModelConfig(imgResolution === undefined ? given : { ...given, sample_size: imgResolution });
    const preconditioning = readPreconditioning(scheduler, timesteps);
    const settings = completeNetworkSettings({ ...described, preconditioning });
    const snapshot = { tensors: modernizeNames(tensors), metadata: describeRole(settings) };
    const size = described.imgResolution;
    const assumed = [
      ...(config === undefined && imgResolution === undefined ? [`images of ${size}x${size} pixels`] : []),
      ...(scheduler === undefined ? [NO_SCHEDULER] : []),
    ];
    return assumed.length === 0 ? { snapshot } : { snapshot, note: describeAssumptions(source, assumed) };
  } catch (error) {
    if (error instanceof CheckpointError) throw error;
    const what = (error as Error).message.replace(/\.$/, '');
    const where = error instanceof NotSupported ? what : `its configuration is not valid: ${what}`;
    throw new CheckpointError(source, where, { cause: error });
  }
}

const NO_SCHEDULER =
  'a linear noise schedule from 1e-4 to 0.02 in 1000 steps and a prediction of the noise (there is no scheduler_config.json)';
const NO_CONFIG =
  'its weights are those of a UNet2DModel of diffusers, whose config.json is missing: give the folder with both';

function readPreconditioning(
  scheduler: Config | undefined,
  timesteps: DdpmOptions['timesteps'],
): PreconditioningSettings {
  const settings = readSchedulerConfig(scheduler ?? {});
  return settings.scheme === 'ddpm' && timesteps !== undefined ? { ...settings, timesteps } : settings;
}
