import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConvHead, DiscriminatorHeads, headGroups } from '@onestep/dmd2';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const layers = (resolution: number, channels: number) =>
  [...new ConvHead({ resolution, channels }, null).namedLeaves()]
    .filter(([name]) => name.endsWith('weight'))
    .map(([name, { fileShape }]) => [name, ...fileShape]);

describe('a head', () => {
  it('of a map of 8x8 has the layers of the published one', () => {
    expect(layers(8, 16)).toEqual([
      ['0.weight', 16, 16, 4, 4],
      ['1.weight', 16],
      ['3.weight', 16, 16, 4, 4],
      ['4.weight', 16],
      ['6.weight', 1, 16, 1, 1],
    ]);
  });

  it.each([
    [32, [0, 3, 6, 9, 12], 4],
    [16, [0, 3, 6, 9], 4],
    [7, [0, 3, 6], 3],
    [4, [0, 3], 4],
    [2, [0, 3], 2],
    [1, [0, 3], 1],
  ])('of a map of %ix%i pixels halves it until a convolution covers the rest', (resolution, numbers, last) => {
    const convolutions = layers(resolution, 8).filter(([, , , size]) => size !== undefined);
    expect(convolutions.map(([name]) => Number(String(name).split('.')[0]))).toEqual(numbers);
    expect(convolutions.at(-2)![3]).toBe(last);
    const logits = new ConvHead({ resolution, channels: 8 }, new Rng(1)).forward(
      tf.ones([3, resolution, resolution, 8]),
    );
    expect(logits.shape).toEqual([3, 1]);
    expect(logits.dataSync().every(Number.isFinite)).toBe(true);
  });

  it('has as many parameters as the published ones', () => {
    const count = (maps: { resolution: number; channels: number }[]) => {
      const heads = new DiscriminatorHeads(
        maps.map((map) => ({ ...map, name: '' })),
        null,
      );
      const parameters = heads.parameterCount();
      heads.dispose();
      return parameters;
    };
    expect(count([{ resolution: 8, channels: 768 }])).toBe(18_879_745);
    expect(count([32, 16, 8].map((resolution) => ({ resolution, channels: 256 })))).toBe(9_444_867);
  });

  it('normalizes 4 channels together up to 32 of them, and above that in at most 32 groups', () => {
    expect([768, 256, 64, 48, 40, 37, 32, 16, 8, 4].map(headGroups)).toEqual([32, 32, 32, 24, 20, 1, 8, 4, 2, 1]);
    // Sizes that the published rule does not divide.
    expect([1, 2, 3, 6, 14].map(headGroups)).toEqual([1, 1, 1, 1, 2]);
  });
});
