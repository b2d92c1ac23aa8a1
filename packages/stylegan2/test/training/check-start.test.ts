import { expect, it } from 'vitest';
import { checkStart, type PublishedGan, type SynthesisGeneratorSettings } from '../../src/index.js';

const OWN: SynthesisGeneratorSettings = {
  ...{ imgResolution: 16, imgChannels: 3, labelDim: 2, channelBase: 64, channelMax: 8, convClamp: null },
  ...{ architecture: 'skip', zDim: 6, wDim: 5, useNoise: true },
  mapping: { numLayers: 2, lrMultiplier: 0.01, wAvgBeta: 0.995 },
};

/** A file whose generators have these settings. */
function published(changes: Partial<SynthesisGeneratorSettings>, networks: Partial<PublishedGan> = {}): PublishedGan {
  const network = { settings: { ...OWN, ...changes } };
  return { G: network, G_ema: network, D: network, ...networks } as unknown as PublishedGan;
}

it('a training starts from a file of the same widths, whatever its resolution', () => {
  for (const imgResolution of [8, 16, 32]) {
    expect(() => checkStart(OWN, published({ imgResolution }), 'a.pkl')).not.toThrow();
  }
});

it.each([
  [{}, { D: null, G: null }, /^a\.pkl has no network G, D, but only G_ema: a training goes on from G, D and G_ema/],
  [{ imgChannels: 1 }, {}, /^a\.pkl was trained with gray images, and this training has RGB images: convert/],
  [{ labelDim: 0 }, {}, /with no labels, and this training has labels of 2 numbers: leave `cond` out/],
  [{ labelDim: 3 }, {}, /with labels of 3 numbers, and .* 2 numbers: take a data set with the same classes/],
  [{ zDim: 512 }, {}, /with z of 512 numbers, and this training has z of 6 numbers: choose the `cfg`/],
  [{ wDim: 512 }, {}, /with w of 512 numbers, and this training has w of 5 numbers: choose the `cfg`/],
  [{ channelMax: 4 }, {}, /with 4 channels at 4x4, and this training has 8 channels at 4x4: choose the `cfg`/],
])('a file that does not fit is refused with what to do: %j', (changes, networks, message) => {
  expect(() => checkStart(OWN, published(changes, networks), 'a.pkl')).toThrow(message);
});

it('a file with labels is for a training with labels', () => {
  expect(() => checkStart({ ...OWN, labelDim: 0 }, published({}), 'a.pkl')).toThrow(/has no labels: give `cond` 1/);
});
