import type { StateDict } from '@onestep/nn';
import { PreconditionedNetwork } from '@onestep/edm';
import { withPrefix } from './fixtures.js';

/**
 * The small SongUNet behind the fixtures of losses, samplers and training, with the weights of a file.
 *
 * @param prefix of the weights' names in the file
 */
export async function fixtureNetwork(
  tensors: StateDict,
  prefix: string,
  { scheme = 'edm', dropout }: { scheme?: 'edm' | 'vp' | 've'; dropout?: number } = {},
): Promise<PreconditionedNetwork> {
  const network = new PreconditionedNetwork(
    {
      imgResolution: 16,
      imgChannels: 3,
      preconditioning: { scheme },
      model: {
        modelType: 'SongUNet',
        augmentDim: 9,
        modelChannels: 16,
        channelMult: [1, 2],
        numBlocks: 1,
        attnResolutions: [8],
        dropout,
      },
    },
    null,
  );
  // The files leave out the resampling filters, which are constants: they stay as they were built.
  network.loadStateDict({ ...(await network.stateDict()), ...withPrefix(tensors, prefix) });
  return network;
}
