import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { loadPublishedNetwork } from '../src/index.js';
import { loadMutated, withSettings } from './support/hostile-networks.js';

beforeAll(startTestBackend);

describe('hostile network files', () => {
  it('unchanged, the network is loaded', async () => {
    const network = loadPublishedNetwork(await withSettings({}));
    expect(network.labelDim).toBe(3);
    network.dispose();
  });

  it('60 mutated ones are networks or clear errors', async () => {
    const { problems } = await loadMutated(0, 60);
    expect(problems).toEqual([]);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ model_channels: 1 << 24 }, 'model.map_layer0.weight has shape [16,8], and its axis 0 should be 33554432'],
    [{ channel_mult_emb: 1 << 24 }, 'axis 0 should be 134217728'],
    [{ channel_mult_noise: 1 << 24 }, 'axis 1 should be 134217728'],
    [
      { channel_mult: [1, 1 << 20] },
      'enc.4x4_block0.conv0.weight has shape [16,8,3,3], and its axis 0 should be 8388608',
    ],
    [{ channel_mult: [1, 2, 2] }, 'model.enc.2x2_block0.conv0.weight is missing'],
    [{ num_blocks: 1 << 28 }, 'model.enc.8x8_block1.conv0.weight is missing'],
    [{ label_dim: 1 << 28 }, 'model.map_label.weight has shape [8,3], and its axis 1 should be 268435456'],
    [{ augment_dim: 1 << 28 }, 'axis 1 should be 268435456'],
    [{ img_channels: 1 << 28 }, 'axis 1 should be 268435456'],
    [{ img_resolution: 1 << 28 }, 'model.enc.268435456x268435456_conv.weight is missing'],
    [{ resample_filter: new Array(3000).fill(1) }, 'axis -1 should be 3000'],
  ])('settings that ask for memory are refused before it is taken: %j', async (change, message) => {
    const file = await withSettings(change);
    expect(() => loadPublishedNetwork(file, 'a.pkl')).toThrow(/^a\.pkl: The weights do not fit the settings: /);
    expect(() => loadPublishedNetwork(file, 'a.pkl')).toThrow(message);
  });
});
