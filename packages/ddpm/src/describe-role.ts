import { describeGenerator, networkMetadata } from '@onestep/diffusion-core';
import type { NetworkSettings } from './network-settings.js';

/** Writes settings as metadata. A consistency function is a one-step generator at its highest noise level. */
export function describeRole(settings: NetworkSettings): Record<string, string> {
  const { preconditioning } = settings;
  if (preconditioning.scheme !== 'consistency') return networkMetadata({ ...settings });
  return networkMetadata(describeGenerator({ ...settings }, { initSigma: preconditioning.sigmaMax }));
}
