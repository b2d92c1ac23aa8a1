import type { StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { asUNet2D } from '../as-unet-2d.js';
import { noCounterpart } from '../no-counterpart.js';
import { toAdm } from './adm-names.js';
import { assertIsAdm } from './adm-settings.js';

/**
 * Converts a network snapshot to a state dict with the names of EDM's ADM network.
 *
 * @param source the file's name, for messages
 * @returns the state dict, and what EDM's wrapper computes otherwise, in one line; null if nothing
 * @throws CheckpointError naming what EDM's ADM cannot express
 */
export function writeAdm(snapshot: NetworkSnapshot, source: string): { tensors: StateDict; note: string | null } {
  const { settings, tensors } = asUNet2D(snapshot, source);
  const { model, preconditioning, imgResolution } = settings;
  try {
    assertIsAdm(model);
  } catch (error) {
    throw noCounterpart(source, (error as Error).message, error);
  }
  return { tensors: toAdm(tensors, model, imgResolution), note: describeWrapper(preconditioning) };
}

function describeWrapper(preconditioning: { scheme: string; timeScale: number }): string | null {
  const { scheme, timeScale } = preconditioning;
  if (scheme === 'ddpm')
    return 'it predicts noise at the time steps of a DDPM: EDM has a wrapper for the cosine schedule, iDDPMPrecond';
  const parts = [
    ...(timeScale === 1 ? [] : [`multiply c_noise by ${timeScale}`]),
    ...(scheme === 'consistency' ? ['replace c_skip and c_out by those of consistency models'] : []),
  ];
  return parts.length === 0 ? null : `in EDMPrecond, ${parts.join(', and ')}`;
}
