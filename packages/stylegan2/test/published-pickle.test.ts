import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, decodeTorchFile, toFloat32, type StateDict } from '@onestep/checkpoint';
import { withPrefix } from '../../../parity/fixture-tensors.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { loadGenerator, publishedGan, publishedGenerator } from '../src/index.js';

beforeAll(startTestBackend);

const FOLDER = `${FIXTURES}stylegan2/`;
const values = (dict: StateDict) =>
  Object.fromEntries(Object.entries(dict).map(([name, tensor]) => [name, Array.from(toFloat32(tensor))]));

if (!hasFixtures) describe.skip('published pickles', () => it('needs the fixtures'));
else {
  it.each(readdirSync(FOLDER).filter((name) => name.endsWith('.pkl')))('reads %s bit by bit', async (name) => {
    const file = decodeTorchFile(readFileSync(FOLDER + name), name);
    const { tensors, metadata } = decodeSafetensors(readFileSync(FOLDER + name.replace(/pkl$/, 'safetensors')));
    const expected = values(withPrefix(tensors, 'param.', 'buffer.'));
    const { G_ema, G, D, trainingSetKwargs, augmentPipe } = publishedGan(file, name);
    expect([G, D, trainingSetKwargs, augmentPipe]).toEqual([null, null, null, null]);
    expect(values(G_ema!.tensors)).toEqual(expected);
    const kwargs = JSON.parse(metadata.kwargs!) as { z_dim: number; c_dim: number };
    expect(G_ema!.settings).toMatchObject({ zDim: kwargs.z_dim, labelDim: kwargs.c_dim, useNoise: true });
    const generator = loadGenerator(publishedGenerator(file, name), name);
    expect(generator.noise).toBe('const');
    expect(values(await generator.network.stateDict())).toEqual(expected);
  });
}
