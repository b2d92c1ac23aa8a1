import type { NetworkCost } from '@onestep/diffusion-core';
import type { SynthesisGeneratorSettings } from '../settings.js';
import { blockResolutions, channelsAt } from './block-channels.js';
import { withElementwise } from './elementwise-cost.js';

/** Results of a layer that a backward pass needs: scaled inputs, the convolution, its filtered and scaled output, the activation. */
const RESULTS_OF_A_LAYER = 4;

/**
 * What a generator takes, by its architecture: its 3x3 convolutions, and the mapping network's layers.
 *
 * @param parameters of the network
 */
export function generatorCost(settings: SynthesisGeneratorSettings, parameters: number): NetworkCost {
  const { wDim, mapping, imgChannels } = settings;
  let [activations, workspace, multiplications] = [0, 0, mapping.numLayers * wDim ** 2];
  for (const resolution of blockResolutions(settings)) {
    const pixels = resolution ** 2;
    const channels = channelsAt(resolution, settings);
    const inputs = resolution === 4 ? [channels] : [channelsAt(resolution / 2, settings), channels];
    for (const [index, from] of inputs.entries()) {
      activations += RESULTS_OF_A_LAYER * pixels * channels;
      // A transposed convolution multiplies at the inputs' resolution.
      const places = index === 0 && inputs.length === 2 ? pixels / 4 : pixels;
      multiplications += 9 * places * from * channels;
      workspace = Math.max(workspace, pixels * (from + channels));
    }
    activations += 2 * pixels * imgChannels;
    multiplications += pixels * channels * imgChannels;
  }
  return withElementwise({ parameters, activations, workspace, multiplications });
}
