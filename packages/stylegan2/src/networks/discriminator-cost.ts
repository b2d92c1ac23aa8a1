import type { NetworkCost } from '@onestep/diffusion-core';
import type { DiscriminatorSettings } from '../settings.js';
import { blockResolutions, channelsAt } from './block-channels.js';
import { withElementwise } from './elementwise-cost.js';

/**
 * What a discriminator takes, by its architecture: the 3x3 convolutions of its blocks.
 *
 * @param parameters of the network
 */
export function discriminatorCost(settings: DiscriminatorSettings, parameters: number): NetworkCost {
  const { architecture, imgChannels, mbstdNumChannels } = settings;
  let [activations, workspace, multiplications] = [0, 0, 0];
  for (const resolution of blockResolutions(settings).slice(1)) {
    const [pixels, channels] = [resolution ** 2, channelsAt(resolution, settings)];
    const next = channelsAt(resolution / 2, settings);
    multiplications += 9 * pixels * channels ** 2 + (9 * pixels * channels * next) / 4;
    // conv0, what its filter makes of it, conv1 and its activation.
    activations += 3 * pixels * channels + (2 * pixels * next) / 4;
    if (architecture === 'skip' || resolution === settings.imgResolution) {
      multiplications += pixels * imgChannels * channels;
      activations += 2 * pixels * channels;
    }
    if (architecture === 'resnet') {
      multiplications += (pixels * channels * next) / 4;
      activations += (pixels * channels) / 4 + (2 * pixels * next) / 4;
    }
    workspace = Math.max(workspace, 2 * pixels * channels);
  }
  const last = channelsAt(4, settings);
  multiplications += 9 * 16 * (last + mbstdNumChannels) * last + 16 * last ** 2;
  activations += 4 * 16 * last;
  return withElementwise({ parameters, activations, workspace, multiplications });
}
