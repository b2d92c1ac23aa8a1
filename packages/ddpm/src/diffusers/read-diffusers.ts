import { CheckpointError, type StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { describeAssumptions } from '../describe-assumptions.js';
import { describeRole } from '../describe-role.js';
import { checkDdpmOptions, type DdpmOptions } from '../ddpm-options.js';
import { completeNetworkSettings } from '../network-settings.js';
import { EDM } from '../preconditioning/edm.js';
import type { PreconditioningSettings } from '../preconditioning/preconditioning.js';
import { statedPreconditioning } from '../preconditioning/stated-preconditioning.js';
import { NotSupported, type Config } from './config-values.js';
import { readModelConfig } from './model-config.js';
import { assertAgrees } from './assert-agrees.js';
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
 * @param stated what the user states: how it was trained, if there is no scheduler; the size of the images in any case
 * @returns the contents of a network file, with diffusers' present names, and what was assumed
 * @throws CheckpointError naming what is not supported or not valid; RangeError if what is stated contradicts the files
 */
export function readDiffusers(
  { config, scheduler, tensors }: DiffusersModel,
  source: string,
  stated: DdpmOptions = {},
): { snapshot: NetworkSnapshot; note?: string } {
  checkDdpmOptions(stated);
  const { imgResolution } = stated;
  try {
    if (config === undefined && !isDdpmStateDict(tensors)) throw new NotSupported(NO_CONFIG);
    const given = config ?? inferDdpmConfig(tensors);
    const described = readModelConfig(imgResolution === undefined ? given : { ...given, sample_size: imgResolution });
    const preconditioning = readPreconditioning(scheduler, stated);
    const settings = completeNetworkSettings({ ...described, preconditioning });
    assertAgrees(settings, stated, source);
    const snapshot = { tensors: modernizeNames(tensors), metadata: describeRole(settings) };
    const size = described.imgResolution;
    const assumed = [
      ...(config === undefined && imgResolution === undefined ? [`images of ${size}x${size} pixels`] : []),
      ...(scheduler === undefined && !statesTraining(stated) ? [NO_SCHEDULER] : []),
    ];
    return assumed.length === 0 ? { snapshot } : { snapshot, note: describeAssumptions(source, assumed) };
  } catch (error) {
    if (error instanceof CheckpointError || error instanceof RangeError) throw error;
    const what = (error as Error).message.replace(/\.$/, '');
    const where = error instanceof NotSupported ? what : `its configuration is not valid: ${what}`;
    throw new CheckpointError(source, where, { cause: error });
  }
}

const NO_SCHEDULER =
  'a linear noise schedule from 1e-4 to 0.02 in 1000 steps and a prediction of the noise (there is no scheduler_config.json: put it there, or state noiseSchedule, steps, predictsImage or scheme)';
const NO_CONFIG =
  'its weights are those of a UNet2DModel of diffusers, whose config.json is missing: give the folder with both';

function readPreconditioning(scheduler: Config | undefined, stated: DdpmOptions): PreconditioningSettings {
  if (scheduler === undefined) {
    const settings = statedPreconditioning(stated);
    // diffusers' networks take ln(sigma) / 4.
    return settings.scheme === 'edm' ? { ...EDM, timeScale: 1 } : settings;
  }
  const settings = readSchedulerConfig(scheduler);
  const { timesteps } = stated;
  return settings.scheme === 'ddpm' && timesteps !== undefined ? { ...settings, timesteps } : settings;
}

/** Whether the user states how the network was trained. */
function statesTraining({ scheme, noiseSchedule, steps, predictsImage }: DdpmOptions): boolean {
  return [scheme, noiseSchedule, steps, predictsImage].some((value) => value !== undefined);
}
