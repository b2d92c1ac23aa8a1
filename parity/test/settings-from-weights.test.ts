import { readdirSync } from 'node:fs';
import {
  completeNetworkSettings,
  ADM,
  SONG_UNET_DEFAULTS,
  PreconditionedNetwork,
  settingsFromWeights,
} from '@onestep/edm';
import { readSafetensors } from '@onestep/checkpoint/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../test-support/backend.js';
import { FIXTURES, hasFixtures, withPrefix } from '../../test-support/fixtures.js';
import { statedSettings } from '../fixture-network.js';

beforeAll(startTestBackend);

/** Settings without those that weights do not determine. */
function shapeSettings(settings: Parameters<typeof completeNetworkSettings>[0]) {
  const { model, preconditioning, ...images } = completeNetworkSettings(settings);
  return { ...images, scheme: preconditioning.scheme, model: { ...model, dropout: 0, labelDropout: 0 } };
}

const song = { ...SONG_UNET_DEFAULTS, modelChannels: 8, numBlocks: 2, attnResolutions: [4] };
const NETWORKS = {
  'skip encoder and decoder': { ...song, encoderType: 'skip', decoderType: 'skip', resampleFilter: [1, 3, 3, 1] },
  'wide embeddings': { ...song, channelMult: [1, 3], channelMultNoise: 2, channelMultEmb: 3, embeddingType: 'fourier' },
  ADM: { ...ADM, modelChannels: 64, channelMult: [2, 1], numBlocks: 2, attnResolutions: [8] },
} as const;

it.each(Object.entries(NETWORKS))('infers the settings of %s', async (_, model) => {
  const settings = { imgResolution: 8, imgChannels: 3, labelDim: 4, model: { ...model, augmentDim: 9 } };
  const network = new PreconditionedNetwork(settings as never, null);
  const found = settingsFromWeights(await network.stateDict());
  expect(shapeSettings(found)).toEqual(shapeSettings(settings as never));
  network.dispose();
});

// Skipped where the fixtures are not available.
describe.skipIf(!hasFixtures)('published networks', () => {
  const folder = `${FIXTURES}networks`;
  it.each(hasFixtures ? readdirSync(folder) : [])('infers what the metadata of %s state', async (name) => {
    const { tensors, metadata } = await readSafetensors(`${folder}/${name}`);
    const stated = statedSettings(metadata);
    const found = settingsFromWeights(withPrefix(tensors, 'param.', 'buffer.'), {
      preconditioning: stated.preconditioning,
    });
    expect(shapeSettings(found)).toEqual(shapeSettings(stated));
  });
});
