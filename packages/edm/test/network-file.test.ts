import * as tf from '@tensorflow/tfjs-core';
import { MaskRng, Rng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadNetwork, PreconditionedNetwork, saveNetwork, type PartialNetworkSettings } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const SETTINGS: PartialNetworkSettings = {
  imgResolution: 4,
  imgChannels: 1,
  model: { modelType: 'SongUNet', modelChannels: 8, channelMult: [1, 2], numBlocks: 1, attnResolutions: [2] },
};

const network = (seed = 1) => new PreconditionedNetwork(SETTINGS, new Rng(seed));

/** Weights as after training: the initial ones keep all branches closed, so that conditions hardly show. */
function withOpenBranches(of: PreconditionedNetwork): PreconditionedNetwork {
  const rng = new Rng(7);
  for (const parameter of of.parameters()) {
    const { fileShape, variable } = parameter;
    parameter.upload({ shape: fileShape, data: rng.normal(variable.size).map((value) => 0.3 * value) });
  }
  return of;
}

function answer(of: PreconditionedNetwork): number[] {
  return tf.tidy(() => Array.from(of.denoise(tf.ones([1, 4, 4, 1]), tf.tensor1d([0.7])).dataSync()));
}

describe('network files', () => {
  it('bring back the same network', async () => {
    const saved = network();
    const loaded = loadNetwork(await saveNetwork(saved));
    expect(loaded.settings).toEqual(saved.settings);
    expect(answer(loaded)).toEqual(answer(saved));
  });

  it('name the classes, and say nothing about classes without names', async () => {
    const classNames = ['shirt', 'bag'];
    const named = new PreconditionedNetwork({ ...SETTINGS, labelDim: 2, classNames }, new Rng(1));
    const loaded = loadNetwork(await saveNetwork(named));
    expect(loaded.classNames).toEqual(classNames);
    expect(loaded.clone().classNames).toEqual(classNames);
    expect((await saveNetwork(network())).metadata.onestep).not.toContain('classNames');
  });

  it.each([
    ['no settings', {}, 'a.safetensors: its metadata has no network settings'],
    ['no JSON', { onestep: '{' }, 'a.safetensors: the network settings in its metadata are not JSON'],
    ['no object', { onestep: '3' }, 'do not describe a network'],
  ])('with %s are refused', async (_, metadata, message) => {
    const { tensors } = await saveNetwork(network());
    expect(() => loadNetwork({ tensors, metadata: metadata as Record<string, string> }, 'a.safetensors')).toThrow(
      message,
    );
  });

  it('with weights of another network are refused', async () => {
    const { tensors, metadata } = await saveNetwork(network());
    const name = 'model.enc.4x4_conv.weight';
    const incomplete = Object.fromEntries(Object.entries(tensors).filter(([tensor]) => tensor !== name));
    expect(() => loadNetwork({ tensors: incomplete, metadata }, 'a.safetensors')).toThrow(
      `a.safetensors: The weights do not`,
    );
    const wrong = { ...tensors, [name]: { shape: [1, 1, 1, 1], data: new Float32Array(1) } };
    expect(() => loadNetwork({ tensors: wrong, metadata })).toThrow('[8,1,3,3]');
  });
});

describe('network settings', () => {
  const build = (change: object) => () =>
    new PreconditionedNetwork({ ...SETTINGS, ...change } as PartialNetworkSettings, null);
  const model = (change: object) => ({ model: { ...SETTINGS.model, ...change } });

  it.each([
    [{ imgResolution: 5 }, 'imgResolution must be divisible by 2 for 2 levels, not 5'],
    [{ imgChannels: 0 }, 'imgChannels must be a positive integer, not 0'],
    [{ labelDim: 2, classNames: ['a'] }, 'classNames must be 2 strings, one per class, not 1 of them'],
    [{ labelDim: 1, classNames: [3] }, 'classNames must be 1 strings, one per class, not something else'],
    [{ labelDim: -1 }, 'labelDim must be an integer from 0, not -1'],
    [
      { preconditioning: { scheme: 'ddim' } },
      'preconditioning.scheme must be one of edm, vp, ve, iddpm, flow, not "ddim"',
    ],
    [{ model: { modelType: 'DiT' } }, 'model.modelType must be one of SongUNet, DhariwalUNet, not "DiT"'],
    [model({ encoderType: 'dense' }), 'encoderType must be one of standard, skip, residual, not "dense"'],
    [model({ dropout: 1 }), 'dropout must be below 1, not 1'],
    [model({ channelMult: 2 }), 'channelMult must be a list of numbers, not 2'],
    [model({ depth: 3 }), 'SongUNet has no setting depth'],
  ])('%j: %s', (change, message) => expect(build(change)).toThrow(message));
});

describe('a preconditioned network', () => {
  it('is copied with its weights, and the copy changes by itself', () => {
    const original = network();
    const copy = original.clone();
    expect(answer(copy)).toEqual(answer(original));
    copy.dispose();
    expect(answer(original)).toHaveLength(16);
  });

  it('starts from the weights its seed draws', () => {
    expect(answer(network(1))).toEqual(answer(network(1)));
    expect(answer(network(1))).not.toEqual(answer(network(2)));
  });

  it('refuses labels of another length', () => {
    const conditional = new PreconditionedNetwork({ ...SETTINGS, labelDim: 3 }, new Rng(1));
    const denoise = (labels: tf.Tensor2D) => conditional.denoise(tf.ones([1, 4, 4, 1]), tf.tensor1d([1]), { labels });
    expect(() => denoise(tf.ones([1, 2]))).toThrow('The labels have shape [1,2], but this network needs [N, 3].');
  });

  it('treats missing labels as the null label', () => {
    const conditional = withOpenBranches(new PreconditionedNetwork({ ...SETTINGS, labelDim: 3 }, null));
    const denoise = (labels?: tf.Tensor2D) =>
      Array.from(conditional.denoise(tf.ones([2, 4, 4, 1]), tf.tensor1d([1, 2]), { labels }).dataSync());
    expect(denoise()).toEqual(denoise(tf.zeros([2, 3])));
    expect(denoise()).not.toEqual(
      denoise(
        tf.tensor2d([
          [0, 1, 0],
          [0, 0, 1],
        ]),
      ),
    );
  });

  it('drops activations in training mode only, from the stream it is given', () => {
    const trained = withOpenBranches(network());
    const run = (seed?: number) => {
      const rng = seed === undefined ? undefined : new MaskRng([seed, 0]);
      return Array.from(trained.denoise(tf.ones([1, 4, 4, 1]), tf.tensor1d([1]), { rng }).dataSync());
    };
    const plain = run();
    expect(run(1)).toEqual(plain);
    trained.train();
    expect(run(1)).toEqual(run(1));
    expect(run(1)).not.toEqual(run(2));
    expect(() => run()).toThrow('Dropout in training mode needs a MaskRng');
  });

  it('with skip encoder and decoder builds images level by level', () => {
    const model = { ...SETTINGS.model, encoderType: 'skip', decoderType: 'skip', embeddingType: 'fourier' } as const;
    const skip = new PreconditionedNetwork({ ...SETTINGS, model }, new Rng(1));
    const names = [...skip.namedLeaves().keys()].filter((name) => name.includes('aux'));
    expect(names).toEqual([
      'model.enc.2x2_aux_down.resample_filter',
      'model.enc.2x2_aux_skip.weight',
      'model.enc.2x2_aux_skip.bias',
      'model.dec.2x2_aux_norm.weight',
      'model.dec.2x2_aux_norm.bias',
      'model.dec.2x2_aux_conv.weight',
      'model.dec.2x2_aux_conv.bias',
      'model.dec.4x4_aux_up.resample_filter',
      'model.dec.4x4_aux_norm.weight',
      'model.dec.4x4_aux_norm.bias',
      'model.dec.4x4_aux_conv.weight',
      'model.dec.4x4_aux_conv.bias',
    ]);
    expect(answer(skip).every(Number.isFinite)).toBe(true);
  });
});
