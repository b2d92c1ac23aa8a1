import type { StateDict } from '@onestep/checkpoint';
import { readGeneratorRecord, type GeneratorRecord, type NetworkSnapshot } from '@onestep/diffusion-core';
import { fromAdm } from './adm/adm-names.js';
import { admToUNet2D, isAdmSettings, type AdmSettings } from './adm/adm-settings.js';
import { isDdpmSettings } from './network-file.js';
import { noCounterpart } from './no-counterpart.js';
import { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from './network-settings.js';

/** A network of this package, or one that is like it, with diffusers' names. */
export interface UNet2DParts {
  settings: NetworkSettings;
  tensors: StateDict;
  generator: GeneratorRecord | null;
}

/**
 * Reads a network snapshot as a `UNet2DModel`: one of this package, or an ADM network of EDM whose computation is the same.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError naming what differs
 */
export function asUNet2D({ tensors, metadata }: NetworkSnapshot, source: string): UNet2DParts {
  const { settings, generator } = readGeneratorRecord(metadata, source);
  try {
    if (isDdpmSettings(settings)) {
      const complete = completeNetworkSettings(settings as unknown as PartialNetworkSettings);
      return { settings: complete, tensors, generator };
    }
    if (!isAdmSettings(settings)) {
      const { modelType } = Object(settings.model) as { modelType?: unknown };
      throw new Error(`a network of the type ${String(modelType)} has no counterpart in other projects`);
    }
    const complete = completeNetworkSettings(admToUNet2D(settings as unknown as AdmSettings));
    return { settings: complete, tensors: fromAdm(tensors, complete.model, complete.imgResolution), generator };
  } catch (error) {
    throw noCounterpart(source, (error as Error).message, error);
  }
}
