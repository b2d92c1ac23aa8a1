import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { startTestBackend } from '../../../test-support/backend.js';
import {
  loadDiscriminator,
  loadGenerator,
  saveDiscriminator,
  saveGenerator,
  StyleGan2Generator,
} from '../src/index.js';
import { discriminatorOf, generatorOf } from './support/tiny-networks.js';

beforeAll(startTestBackend);

const LABELED = { labelDim: 2, classNames: ['Bag', 'Coat'] };

it('reads back a generator: its weights, buffers, settings, noise mode and truncation', async () => {
  const generator = new StyleGan2Generator(generatorOf(LABELED), { noise: 'random', psi: 0.7, cutoff: 2 });
  const saved = await saveGenerator(generator);
  const loaded = loadGenerator(saved);
  expect(loaded.settings).toEqual(generator.settings);
  expect(loaded.classNames).toEqual(['Bag', 'Coat']);
  expect(loaded.labels).toEqual({ kind: 'classes' });
  expect(await loaded.network.stateDict()).toEqual(saved.tensors);
  expect(loadGenerator(saved, 'g.safetensors', { noise: 'none' }).settings.generator).toEqual({
    noise: 'none',
    latent: 'z',
    psi: 0.7,
    cutoff: 2,
  });
});

it('reads back a discriminator', async () => {
  const discriminator = discriminatorOf({ ...LABELED, cmapDim: 3, architecture: 'skip', convClamp: 256 });
  const saved = await saveDiscriminator(discriminator);
  const loaded = loadDiscriminator(saved);
  expect(loaded.settings).toEqual(discriminator.settings);
  const images = tf.zeros([4, 8, 8, 1]) as tf.Tensor4D;
  const labels = tf.tensor2d([[0, 1]]);
  const logits = (network: typeof loaded) => network.discriminate(images, labels).data();
  expect(await logits(loaded)).toEqual(await logits(discriminator));
});

describe('refuses a file', () => {
  const save = () => saveGenerator(new StyleGan2Generator(generatorOf({})));
  interface Settings {
    model: { type: string; mapping: object };
    generator: object;
  }
  const change = ({ tensors, metadata }: NetworkSnapshot, edit: (settings: Settings) => void) => {
    const settings = JSON.parse(metadata.onestep!) as Settings;
    edit(settings);
    return { tensors, metadata: { onestep: JSON.stringify(settings) } };
  };
  const edits: [string, (settings: Settings) => void, RegExp][] = [
    ['of another network', (s) => Object.assign(s.model, { type: 'edm' }), /do not describe a generator of StyleGAN2/],
    ['with a resolution that is no power of two', (s) => Object.assign(s, { imgResolution: 12 }), /imgResolution must/],
    [
      'with a huge width',
      (s) => Object.assign(s.model, { wDim: 1e12 }),
      /affine.weight has shape \[8,5\], and its axis 1/,
    ],
    [
      'with too many layers',
      (s) => Object.assign(s.model.mapping, { numLayers: 1e9 }),
      /numLayers must be from 1 to 64/,
    ],
    ['with wider blocks', (s) => Object.assign(s.model, { channelMax: 9 }), /b4.conv1.weight has shape .* should be 9/],
    ['without a mapping network', (s) => Object.assign(s.model, { mapping: null }), /mapping must be an object/],
    [
      'with another noise mode',
      (s) => Object.assign(s.generator, { noise: 'pink' }),
      /noise must be const, random, none, not pink/,
    ],
    ['with another latent', (s) => Object.assign(s.generator, { latent: 'x' }), /latent must be z or w, not "x"/],
    ['with a negative cutoff', (s) => Object.assign(s.generator, { cutoff: -1 }), /cutoff must be an integer from 0/],
    [
      'with a psi that is no number',
      (s) => Object.assign(s.generator, { psi: null }),
      /psi must be a number, not null/,
    ],
  ];
  it.each(edits)('%s', async (_, edit, message) => {
    const contents = change(await save(), edit);
    const before = tf.memory().numTensors;
    expect(() => loadGenerator(contents, 'g.safetensors')).toThrow(message);
    expect(() => loadGenerator(contents, 'g.safetensors')).toThrow(/^g\.safetensors: /);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('with another filter, and does not need the filters', async () => {
    const { tensors, metadata } = await save();
    const filters = Object.keys(tensors).filter((name) => name.endsWith('resample_filter'));
    expect(filters.length).toBe(5);
    const without = Object.fromEntries(Object.entries(tensors).filter(([name]) => !filters.includes(name)));
    expect(await loadGenerator({ tensors: without, metadata }).network.stateDict()).toEqual(tensors);
    const box: StateDict = { ...tensors, [filters[0]!]: { shape: [4, 4], data: new Float32Array(16).fill(1 / 16) } };
    expect(() => loadGenerator({ tensors: box, metadata })).toThrow(/resample_filter is not the filter \[1, 3, 3, 1\]/);
  });
});
