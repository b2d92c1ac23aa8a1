import { PreconditionedNetwork, type SongUNetSettings } from '@onestep/edm';
import { Rng } from '@onestep/random';

/**
 * Builds a small class-conditional network with dropout.
 *
 * @param model settings that differ from the small ones
 */
export function conditionalNetwork(model: Partial<SongUNetSettings> = {}): PreconditionedNetwork {
  const size = { modelType: 'SongUNet' as const, modelChannels: 8, channelMult: [1, 1], numBlocks: 1 };
  return new PreconditionedNetwork(
    { imgResolution: 8, imgChannels: 1, labelDim: 3, model: { ...size, attnResolutions: [4], ...model } },
    new Rng(11),
  );
}
