import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { hasFixtures } from '../../../test-support/fixtures.js';
import { DiscriminatorNetwork, GeneratorNetwork } from '../src/index.js';
import { comparePublished, MAPPING, readPublishedNetworks } from './support/published-networks.js';

beforeAll(startTestBackend);

if (!hasFixtures) describe.skip('published parameters', () => it('needs the fixtures'));
else {
  const networks = readPublishedNetworks();

  it.each(['cifar-cond', 'auto-64'])('the tensors of %s are the published ones', (name) => {
    comparePublished(networks[name]!);
  });

  it('starts from the published distributions', async () => {
    const { c_dim: labelDim, G, D } = networks['cifar-cond']!;
    const shared = { imgResolution: 32, imgChannels: 3, labelDim, channelBase: 1024, channelMax: 32, convClamp: null };
    const small = { numLayers: 2, ...MAPPING };
    const rng = new Rng(0);
    const generator = { architecture: 'skip', zDim: 64, wDim: 64, useNoise: true, mapping: small } as const;
    const discriminator = { architecture: 'orig', mbstdGroupSize: 4, mbstdNumChannels: 1 } as const;
    for (const [network, { tensors }] of [
      [new GeneratorNetwork({ ...shared, ...generator }, rng), G],
      [new DiscriminatorNetwork({ ...shared, ...discriminator, mapping: { ...small, numLayers: 8 } }, rng), D],
    ] as const) {
      const state = await network.stateDict();
      expect(
        Object.keys(state)
          .filter((name) => !name.endsWith('resample_filter'))
          .sort(),
      ).toEqual(Object.keys(tensors).sort());
      for (const [name, { constant, normal }] of Object.entries(tensors)) {
        const values = Array.from(state[name]!.data as Float32Array);
        const mean = values.reduce((sum, v) => sum + v, 0) / values.length;
        const deviation = Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length);
        if (constant !== undefined) expect([name, mean, deviation]).toEqual([name, constant, 0]);
        // Six standard errors.
        else expect(Math.abs(deviation / normal! - 1), name).toBeLessThan(6 / Math.sqrt(2 * values.length));
      }
      network.dispose();
    }
  });
}
