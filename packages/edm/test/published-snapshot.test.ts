import { join } from 'node:path';
import {
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  encodeTorchFile,
  OrderedDict,
  PythonFloat,
  PythonObject,
  type PythonDict,
  type PythonValue,
} from '@onestep/checkpoint';
import { openTorchFile } from '@onestep/checkpoint/node';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  loadNetwork,
  loadPublishedNetwork,
  PreconditionedNetwork,
  publishedSnapshot,
  saveNetwork,
  settingsFromPublished,
} from '../src/index.js';
import { pickles } from '../../../parity/checks/pickles.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { publishedPickle } from '../../../test-support/published-pickle.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { describeParity } from '../../../test-support/parity.js';

beforeAll(startTestBackend);

const pickle = (name: string) => join(FIXTURES, 'pickles', `${name}.pkl`);

describeParity(pickles, 'pickles', /\.pkl$/);

describe.skipIf(!hasFixtures)('published snapshots (skipped without the folder of reference numbers)', () => {
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

const SMALL_ARGUMENTS = {
  img_resolution: 8,
  img_channels: 1,
  model_type: 'SongUNet',
  model_channels: 4,
  channel_mult: [1],
  num_blocks: 1,
  attn_resolutions: [],
};
const SMALL = settingsFromPublished('EDMPrecond', SMALL_ARGUMENTS);

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
    loss.state = dict({ P_mean: -1.2, sigma_data: 0.5, _init_kwargs: dict({}), _hidden: 1 });
    const ema = moduleOf('EDMPrecond', { _init_args: [8, 1, 10], _init_kwargs: dict({ model_type: 'SongUNet' }) });
    const { metadata } = publishedSnapshot(dict({ ema, loss_fn: loss, init_sigma: 2.5, kimg: new PythonFloat(3) }));
    expect(JSON.parse(metadata.onestep!)).toMatchObject({
      imgResolution: 8,
      imgChannels: 1,
      labelDim: 10,
      generator: { initSigma: 2.5 },
    });
    expect(JSON.parse(metadata.published!)).toEqual({
      loss_fn: { class: 'EDMLoss', P_mean: -1.2, sigma_data: 0.5, _init_kwargs: {} },
      init_sigma: 2.5,
      kimg: 3,
    });
  });

  it('keep the tensors of the rest, which are none of the network', async () => {
    const network = new PreconditionedNetwork(SMALL, null);
    const { tensors } = await saveNetwork(network);
    network.dispose();
    const some = decodeTorchFile(encodeTorchFile([tensors['model.map_layer0.bias']!])) as PythonValue[];
    const filter = some[0]!;
    const optimizer = dict({
      state: new Map([[0, dict({ exp_avg: filter, step: 3 })]]),
      betas: Object.freeze([0.9, 0.99]),
    });
    const pipe = moduleOf('AugmentPipe', {
      _buffers: dict({ Hz_geom: filter }),
      xflip: 1,
      _init_kwargs: dict({ xflip: 1 }),
    });
    const file = decodeTorchFile(
      publishedPickle({ className: 'EDMPrecond', initKwargs: SMALL_ARGUMENTS, tensors }),
    ) as PythonDict;
    file.set('augment_pipe', pipe).set('optimizer_state', optimizer);
    const snapshot = publishedSnapshot(file, 'a.pt');
    expect(Object.keys(snapshot.tensors)).toEqual(
      expect.arrayContaining(['augment_pipe.Hz_geom', 'optimizer_state.state.0.exp_avg', 'model.map_layer0.bias']),
    );
    expect(JSON.parse(snapshot.metadata.published!)).toEqual({
      augment_pipe: { class: 'AugmentPipe', xflip: 1, _init_kwargs: { xflip: 1 } },
      optimizer_state: {
        state: { 0: { exp_avg: { tensor: 'optimizer_state.state.0.exp_avg' }, step: 3 } },
        betas: [0.9, 0.99],
      },
    });
    const stored = decodeSafetensors(encodeSafetensors(snapshot));
    const loaded = loadNetwork(stored, 'a.safetensors');
    expect(loaded.settings.model).toMatchObject(SMALL.model);
    loaded.dispose();
  });

  it.each<[string, PythonValue, string]>([
    ['no network', dict({ Other: moduleOf('Generator') }), 'no network under the name ema; its names are Other'],
    ['a number', 3, 'it holds no network'],
    ['another class', dict({ ema: moduleOf('DiT', { _init_kwargs: size }) }), 'DiT is not a known network class'],
    ['no arguments', dict({ ema: moduleOf('EDMPrecond') }), 'the constructor arguments of its network are missing'],
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
