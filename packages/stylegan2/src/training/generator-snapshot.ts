import { networkMetadata, type NetworkSnapshot } from '@onestep/diffusion-core';
import type { StyleGan2Generator } from '../stylegan2-generator.js';

/** The contents of a generator's file. */
export async function saveGenerator(generator: StyleGan2Generator): Promise<NetworkSnapshot> {
  return { tensors: await generator.module.stateDict(), metadata: networkMetadata(generator.settings) };
}
