import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Module } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { DiscriminatorNetwork, GeneratorNetwork, type DiscriminatorSettings } from '../src/index.js';

interface Tensors {
  parameters: number;
  tensors: Record<string, { kind: 'param' | 'buffer'; shape: number[]; constant?: number; normal?: number }>;
}
type Networks = Record<
  string,
  { cfg: string; c_dim: number; img_resolution: number; img_channels: number; G: Tensors; D: Tensors }
>;

beforeAll(startTestBackend);

const MAPPING = { lrMultiplier: 0.01, wAvgBeta: 0.995 };

/** The networks of a preset, with weights of the given random numbers. */
function build({ cfg, c_dim: labelDim, img_resolution: imgResolution, img_channels: imgChannels }: Networks[string]) {
  const fmaps = cfg === 'auto' && imgResolution < 512 ? 0.5 : 1;
  const blocks = { imgResolution, imgChannels, labelDim, channelBase: 32768 * fmaps, channelMax: 512, convClamp: 256 };
  const numLayers = cfg === 'stylegan2' ? 8 : 2;
  const generator = { zDim: 512, wDim: 512, useNoise: true, mapping: { numLayers, ...MAPPING } };
  const discriminator: DiscriminatorSettings = {
    ...blocks,
    architecture: cfg === 'cifar' ? 'orig' : 'resnet',
    mapping: { numLayers: 8, ...MAPPING },
    mbstdGroupSize: 4,
    mbstdNumChannels: 1,
  };
  return {
    G: () => new GeneratorNetwork({ ...blocks, architecture: 'skip', ...generator }, null),
    D: () => new DiscriminatorNetwork(discriminator, null),
  };
}

/** Tensors other than the filters, with their shapes in files. */
function shapesOf(network: Module) {
  const leaves = [...network.namedLeaves()].filter(([name]) => !name.endsWith('resample_filter'));
  return Object.fromEntries(
    leaves.map(([name, { fileShape, trainable }]) => [name, `${trainable ? 'param' : 'buffer'} [${fileShape}]`]),
  );
}

if (!hasFixtures) describe.skip('published parameters', () => it('needs the fixtures'));
else {
  const networks = JSON.parse(readFileSync(`${FIXTURES}training-gan/parameters.json`, 'utf8')) as Networks;

  it.each(Object.keys(networks))('the tensors of %s are the published ones', (name) => {
    const published = networks[name]!;
    const builders = build(published);
    for (const which of ['G', 'D'] as const) {
      const network = builders[which]();
      const { parameters, tensors } = published[which];
      const expected = Object.entries(tensors).map(([key, { kind, shape }]) => [key, `${kind} [${shape}]`]);
      expect(shapesOf(network)).toEqual(Object.fromEntries(expected));
      expect(network.parameterCount()).toBe(parameters);
      network.dispose();
    }
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
