import { beforeAll, describe, expect, it } from 'vitest';
import type { StateDict } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { continueGan, DiscriminatorNetwork, ganRecipe, GeneratorNetwork, type PublishedGan } from '@onestep/stylegan2';
import { startTestBackend } from '../../../../test-support/backend.js';

beforeAll(startTestBackend);

const { generator: G, discriminator: D } = ganRecipe(
  { cfg: 'tiny' },
  { resolution: 8, channels: 1, labelDim: 0, processes: 1 },
);

function networks(seed: number) {
  const rng = new Rng(seed, 'weights');
  return {
    generator: new GeneratorNetwork(G, rng),
    discriminator: new DiscriminatorNetwork(D, rng),
    average: new GeneratorNetwork(G, rng),
  };
}

async function published(change: (dict: StateDict) => StateDict = (dict) => dict): Promise<PublishedGan> {
  const { generator, discriminator, average } = networks(7);
  return {
    G: { settings: G, tensors: change(await generator.stateDict()) },
    D: { settings: D, tensors: await discriminator.stateDict() },
    G_ema: { settings: G, tensors: await average.stateDict() },
    trainingSetKwargs: null,
    augmentPipe: null,
  };
}

describe('continueGan', () => {
  it('starts from all three networks', async () => {
    const own = networks(1);
    const file = await published();
    expect(await continueGan(own, file, 'file.pkl')).toEqual([]);
    expect(await own.generator.stateDict()).toEqual(file.G!.tensors);
    expect(await own.discriminator.stateDict()).toEqual(file.D!.tensors);
    expect(await own.average.stateDict()).toEqual(file.G_ema!.tensors);
  });

  it('copies by name, and says what was not taken', async () => {
    const own = networks(1);
    const before = await own.generator.stateDict();
    const file = await published(({ 'mapping.fc0.bias': _, ...rest }) => ({
      ...rest,
      other: rest['mapping.fc0.weight']!,
    }));
    expect(await continueGan(own, file, 'file.pkl')).toEqual([
      'G: 1 tensors keep their initial values, 1 are not used.',
    ]);
    expect((await own.generator.stateDict())['mapping.fc0.bias']).toEqual(before['mapping.fc0.bias']);
  });

  it('refuses a file without a discriminator, and one of another size', async () => {
    const file = await published();
    await expect(continueGan(networks(1), { ...file, D: null }, 'file.pkl')).rejects.toThrow(/file\.pkl.*no network D/);
    const other = await published((dict) => ({
      ...dict,
      'mapping.fc0.bias': { shape: [3], data: new Float32Array(3) },
    }));
    await expect(continueGan(networks(1), other, 'file.pkl')).rejects.toThrow(/mapping\.fc0\.bias has shape \[3\]/);
  });
});
