import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { OrderedDict, PythonFloat, PythonObject, type PythonDict, type PythonValue } from '@onestep/nn';
import { openTorchFile, readSafetensors } from '@onestep/nn/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPublishedNetwork, publishedSnapshot } from '../src/index.js';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import {
  FIXTURES,
  hasFixtures,
  imagesFrom,
  matrixFrom,
  relativeError,
  toFileOrder,
  withPrefix,
} from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const pickle = (name: string) => join(FIXTURES, 'pickles', `${name}.pkl`);

describe.skipIf(!hasFixtures)('published snapshots (skipped without the folder of reference numbers)', () => {
  it.each(['edm-cifar-like-uncond', 'edm-imagenet-like-cond'])('%s: weights, buffers and output', async (name) => {
    const snapshot = publishedSnapshot(await openTorchFile(pickle(name)), name);
    const { tensors } = await readSafetensors(join(FIXTURES, 'pickles', `${name}.expected.safetensors`));
    const expected = withPrefix(tensors, 'param.', 'buffer.');
    expect(Object.keys(snapshot.tensors).sort()).toEqual(Object.keys(expected).sort());
    for (const [key, { shape, data }] of Object.entries(expected)) {
      expect(snapshot.tensors[key]!.shape).toEqual(shape);
      expect(snapshot.tensors[key]!.data).toEqual(data);
    }
    if (TEST_BACKEND === 'cpu') return; // its convolutions take minutes
    const network = loadPublishedNetwork(await openTorchFile(pickle(name)), name);
    const { x, sigma, class_labels: labels, y } = tensors;
    const output = network.denoise(imagesFrom(x!), tf.tensor1d(sigma!.data as Float32Array), {
      labels: labels && matrixFrom(labels),
    });
    expect(relativeError(await toFileOrder(output), y!.data as Float32Array)).toBeLessThan(1e-5);
    network.dispose();
  });

  it('of one-step generators have the same layout', async () => {
    const { tensors, metadata } = publishedSnapshot(await openTorchFile(pickle('onestep-snapshot')));
    expect(JSON.parse(metadata.onestep!)).toMatchObject({ imgResolution: 16, model: { modelType: 'SongUNet' } });
    expect(Object.keys(tensors)).toHaveLength(147);
  });

  it('say what else was in the file', async () => {
    const { metadata } = publishedSnapshot(await openTorchFile(pickle('edm-cifar-like-uncond')));
    expect(JSON.parse(metadata.published!)).toEqual({ dataset_kwargs: { path: 'x.zip', use_labels: false } });
  });
});

const dict = (entries: Record<string, PythonValue>): PythonDict => new OrderedDict(Object.entries(entries));

function moduleOf(className: string, attributes: Record<string, PythonValue> = {}): PythonObject {
  const object = new PythonObject(className);
  object.state = dict({ _parameters: dict({}), _buffers: dict({}), _modules: dict({}), ...attributes });
  return object;
}

describe('snapshots with the published layout', () => {
  const size = dict({ img_resolution: 8, img_channels: 1 });

  it('keep the noise level of a generator, the loss and the order of positional arguments', () => {
    const loss = new PythonObject('EDMLoss');
    loss.state = dict({ P_mean: -1.2, sigma_data: 0.5, _init_kwargs: dict({}), weights: moduleOf('Linear') });
    const ema = moduleOf('EDMPrecond', { _init_args: [8, 1, 10], _init_kwargs: dict({ model_type: 'SongUNet' }) });
    const { metadata } = publishedSnapshot(dict({ ema, loss_fn: loss, init_sigma: 2.5, kimg: new PythonFloat(3) }));
    expect(JSON.parse(metadata.onestep!)).toMatchObject({
      imgResolution: 8,
      imgChannels: 1,
      labelDim: 10,
      generator: { initSigma: 2.5 },
    });
    expect(JSON.parse(metadata.published!)).toEqual({
      loss_fn: { class: 'EDMLoss', P_mean: -1.2, sigma_data: 0.5, _init_kwargs: {}, weights: null },
      init_sigma: 2.5,
      kimg: 3,
    });
  });

  it.each<[string, PythonValue, string]>([
    ['no network', dict({ G_ema: moduleOf('Generator') }), 'no network under the name ema; it has G_ema'],
    ['a number', 3, 'it holds no network'],
    [
      'another class',
      dict({ ema: moduleOf('DiT', { _init_kwargs: size }) }),
      'DiT is not a network this package knows',
    ],
    ['no arguments', dict({ ema: moduleOf('EDMPrecond') }), 'does not say which arguments'],
    [
      'an unknown setting',
      dict({ ema: moduleOf('EDMPrecond', { _init_kwargs: dict({ img_resolution: 8, img_channels: 1, depth: 3 }) }) }),
      'has no setting depth',
    ],
  ])('with %s are refused', (_, file, message) => {
    expect(() => publishedSnapshot(file, 'a.pkl')).toThrow(/^a\.pkl: /);
    expect(() => publishedSnapshot(file, 'a.pkl')).toThrow(message);
  });

  it('with other weights than the class has are refused', () => {
    const ema = moduleOf('EDMPrecond', { _init_kwargs: size });
    expect(() => loadPublishedNetwork(dict({ ema }), 'a.pkl')).toThrow(/^a\.pkl: .*missing/);
  });
});
