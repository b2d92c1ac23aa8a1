import { beforeAll, describe, expect, it } from 'vitest';
import {
  describeLabels,
  describePrompts,
  encodePrompts,
  guidanceOf,
  LabelPrior,
  networkMetadata,
  promptLabels,
  warnOfGuidance,
  WordEncoder,
  type Denoiser,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const { settings: encoder, dim: labelDim } = WordEncoder.fromCaptions(['a red star', 'a blue ring'], {
  minCount: 1,
  buckets: 2,
  slots: 2,
});
const network = { labelDim, labels: { kind: 'captions', encoder } as TrainingLabels };

describe('promptLabels', () => {
  it('draws each prompt as often as it occurs, the same with a seed, and encodes it as the network does', () => {
    const prompts = ['a red star', 'a blue ring', 'a red star', 'a red ring'];
    const labels = promptLabels(network, prompts);
    const prior = new LabelPrior(network, labels);
    const drawn = prior.draw(new Rng(7), 4000);
    expect(drawn).toEqual(prior.draw(new Rng(7), 4000));
    expect(drawn).not.toEqual(prior.draw(new Rng(8), 4000));
    const counts = prompts.map((_, i) => drawn.filter((n) => n === i).length);
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(prior.vectors([3, 0])).toEqual(encodePrompts(network, ['a red ring', 'a red star']));
  });

  it('refuses networks without captions, and prompts of which nothing is known', () => {
    expect(() => promptLabels(network, [])).toThrow('no prompts');
    expect(() => promptLabels(network, ['a red star', '?'])).toThrow('knows no word of the prompt "?"');
    expect(() => promptLabels({ labelDim: 3 }, ['a cat'])).toThrow('takes 3 classes, not captions');
    expect(() => promptLabels({ labelDim: 0 }, ['a cat'])).toThrow('unconditional');
  });

  it('states a sample of many in the file of a student', () => {
    const prompts = Array.from({ length: 3000 }, (_, i) => (i % 2 ? 'a red star' : `a blue ring ${i}`));
    const contents = { tensors: {}, metadata: networkMetadata({ labelDim }) };
    const { metadata } = describeLabels(contents, network, { ...network.labels, captions: prompts });
    const { labels } = JSON.parse(metadata.onestep!) as { labels: TrainingLabels };
    expect(labels.captions).toHaveLength(1024);
    expect(prompts).toEqual(expect.arrayContaining([...labels.captions!]));
  });
});

it('describePrompts counts unknown words, and prompts with more things than slots', () => {
  expect(describePrompts(network, ['a red star'])).toEqual([]);
  const lines = describePrompts(network, ['a glark', 'a red glark and a foo', 'a red star and a blue ring and a star']);
  expect(lines[0]).toContain('glark (2), and (2), foo. They count by their letters only, in 3 of 3 prompts.');
  expect(lines[1]).toMatch(/^More than 2 things: "a red star and a blue ring and a star"\..*in 1 of 3 prompts\.$/);
});

it('a negative prompt is the label that guidance moves away from', () => {
  const guided = Object.assign(
    new MlpDenoiser({ imgResolution: 1, imgChannels: 1, labelDim, hidden: 2, sigmaData: 1 }),
    {
      labels: network.labels,
    },
  ) as Denoiser;
  const options = { guidance: 2, guidanceInterval: null, guidanceLimit: null, negativePrompt: 'a red star' };
  expect(guidanceOf(options, guided)!.negative).toEqual(encodePrompts(network, ['a red star']));
  expect(guidanceOf({ ...options, negativePrompt: '' }, guided)!.negative).toEqual(new Float32Array(labelDim));
  expect(guidanceOf({ ...options, negativePrompt: null }, guided)!.negative).toBeUndefined();
  expect(() => guidanceOf({ ...options, guidance: null }, guided)).toThrow('negativePrompt has no effect');
  expect(() => guidanceOf({ ...options, negativePrompt: '?' }, guided)).toThrow(/^negativePrompt: .* knows no word/);
  expect(() => guidanceOf(options, guided, guided)).toThrow('give one of them');
  expect(warnOfGuidance(guided, undefined, 'a red star')).toBeUndefined();
  expect(warnOfGuidance(guided, undefined, '')).toContain('label dropout');
});
