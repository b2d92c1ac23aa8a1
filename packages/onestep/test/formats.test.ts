import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import {
  decodeSafetensors,
  decodeTorchFile,
  encodeSafetensors,
  encodeTorchFile,
  NumpyArray,
  permuteAxes,
  toFloat32,
  type Picklable,
  type PythonValue,
  type StateDict,
} from '@onestep/checkpoint';
import { readSafetensors } from '@onestep/checkpoint/node';
import { requireDenoiser } from '@onestep/diffusion-core';
import { completeNetworkSettings, settingsFromPublished } from '@onestep/edm';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { loadGenerator, loadTeacher, NetworkRoleError, openNetwork, type StatedSettings } from '../src/index.js';
import { CheckpointContents } from '../src/formats/checkpoint-contents.js';
import { EDM_STATE_DICT } from '../src/formats/edm-state-dict.js';
import { tinyTeacher } from './support/tiny-networks.js';

const FOLDER = `${FIXTURES}checkpoints/`;
const BARE = ['bare-ddpmpp.pt', 'bare-ncsnpp.safetensors', 'bare-adm.safetensors', 'bare-fastgen.pth'];

beforeAll(startTestBackend);

/** A tensor of a fixture, NCHW, as NHWC. */
function images(tensors: StateDict, name: string): tf.Tensor4D {
  const { shape } = tensors[name]!;
  const data = permuteAxes(toFloat32(tensors[name]!), shape, [0, 2, 3, 1]);
  return tf.tensor4d(data, [shape[0]!, shape[2]!, shape[3]!, shape[1]!]);
}

function relativeError(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))).dataSync()[0]!);
}

// Skipped where the fixtures are not available.
describe.skipIf(!hasFixtures)('bare weights of published networks', () => {
  it.each(BARE)('%s has the settings and the output of its network', async (file) => {
    const { tensors, metadata } = await readSafetensors(`${FOLDER}${file.replace(/\.\w+$/, '')}.expected.safetensors`);
    // Contents say what a file is: the bytes alone have no name.
    const opened = await openNetwork(readFileSync(FOLDER + file), { name: 'weights' });
    const { role, note } = opened;
    const network = requireDenoiser(opened.network);
    const kwargs = JSON.parse(metadata.kwargs!) as Record<string, unknown>;
    const stated = settingsFromPublished(metadata.precond!, {
      img_resolution: Number(metadata.img_resolution),
      img_channels: Number(metadata.img_channels),
      label_dim: Number(metadata.label_dim),
      ...kwargs,
      dropout: 0,
    });
    expect(network.settings).toEqual(completeNetworkSettings(stated));
    expect(role).toBeNull();
    expect(note).toMatch(/^weights has no settings\. Its weights are those of .*Assumed: edm preconditioning/);
    const labels = tensors.class_labels;
    const y = network.denoise(images(tensors, 'x'), tf.tensor1d(toFloat32(tensors.sigma!)), {
      labels: labels && tf.tensor2d(toFloat32(labels), labels.shape as [number, number]),
    });
    expect(relativeError(y, images(tensors, 'y'))).toBeLessThan(1e-5);
    network.module.dispose();
  });
});

// Skipped where the fixtures are not available.
describe.skipIf(!hasFixtures)('a published student of SiD', () => {
  const FILE = `${FOLDER}network-snapshot-1.200000-102400`;

  it('is sampled with one call and the published noise level, which is said', async () => {
    const { tensors } = await readSafetensors(`${FILE}.expected.safetensors`);
    const student = await loadGenerator(readFileSync(`${FILE}.pkl`), { name: 'sid.pkl' });
    const { generator, note, record } = student;
    const network = requireDenoiser(student.network);
    expect(record.initSigma).toBe(2.5);
    expect(note).toBe(
      'sid.pkl does not say that it is a one-step generator. Taken as one with initSigma 2.5, as the published scripts do.',
    );
    const noise = images(tensors, 'noise');
    expect(relativeError(generator.generate(noise), images(tensors, 'images'))).toBeLessThan(1e-5);
    const sigma = tf.fill([noise.shape[0]], 2.5) as tf.Tensor1D;
    const withZeros = network.denoise(tf.mul(noise, 2.5), sigma, { augmentLabels: tf.zeros([noise.shape[0], 9]) });
    expect(relativeError(withZeros, images(tensors, 'images_zero_augment_labels'))).toBeLessThan(1e-5);
    network.module.dispose();
  });

  it('as a teacher is taken with a warning, and keeps saying nothing of its role', async () => {
    const teacher = await loadTeacher(readFileSync(`${FILE}.pkl`), { name: 'sid.pkl' });
    expect(teacher.note).toMatch(/^sid\.pkl does not say whether .* Taken as a diffusion model\.$/);
    expect((await openNetwork(await teacher.toBytes())).role).toBeNull();
    teacher.dispose();
  });
});

// Skipped where the fixtures are not available.
it.skipIf(!hasFixtures)(
  'a network of ECT is the consistency function that its wrapper is outside of training',
  async () => {
    const bytes = readFileSync(`${FOLDER}network-snapshot-1.200000-102400.pkl`);
    const at = bytes.indexOf('EDMPrecond');
    const network = requireDenoiser((await openNetwork(bytes)).network);
    bytes.write('ECMPrecond', at);
    const { generator, record, note } = await loadGenerator(bytes, { name: 'ect.pkl' });
    expect(record).toEqual({ initSigma: 80, method: 'ect', boundary: 0.003 });
    expect(note).toBeNull();
    const z = tf.randomNormal([2, 16, 16, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
    const [sigma, data, x] = [80, 0.25, tf.mul(z, 80) as tf.Tensor4D];
    const d = network.denoise(x, tf.fill([2], sigma) as tf.Tensor1D);
    const root = Math.sqrt(sigma ** 2 + data);
    const f = tf.div(tf.sub(d, tf.mul(x, data / root ** 2)), (sigma * 0.5) / root);
    const skip = data / ((sigma - 0.003) ** 2 + data);
    const expected = tf.add(tf.mul(x, skip), tf.mul(f, ((sigma - 0.003) * 0.5) / root));
    expect(relativeError(generator.generate(z), expected)).toBeLessThan(1e-6);
    expect(relativeError(generator.generate(z), d)).toBeGreaterThan(1e-5);
    network.module.dispose();
  },
);

/** A dict of a PyTorch file: tensors as the file has them, anything else as it is. */
function asTensors(dict: Map<string, unknown>): PythonValue {
  const file = encodeTorchFile(new Map([...dict].filter(([, value]) => !(value instanceof NumpyArray))) as never);
  const decoded = decodeTorchFile(file) as Map<string, PythonValue>;
  for (const [name, value] of dict) if (value instanceof NumpyArray) decoded.set(name, value);
  return decoded as PythonValue;
}

/** Files with the weights of a tiny network and nothing else, as other programs save them. */
describe('bare weights', () => {
  const rename = (tensors: StateDict, name: (old: string) => string) =>
    Object.fromEntries(Object.entries(tensors).map(([old, tensor]) => [name(old), tensor]));
  const dict = (entries: object) => new Map(Object.entries(entries)) as Picklable;
  const LAYOUTS: Record<string, (weights: StateDict) => Uint8Array> = {
    'with names as they are': (w) => encodeSafetensors({ tensors: w, metadata: { format: 'pt' } }),
    'of the UNet alone': (w) =>
      encodeSafetensors({ tensors: rename(w, (n) => n.slice('model.'.length)), metadata: {} }),
    'of DataParallel': (w) => encodeTorchFile(dict(rename(w, (n) => `module.${n}`))),
    'of torch.compile': (w) => encodeTorchFile(dict(rename(w, (n) => `_orig_mod.${n}`))),
    'compiled inside': (w) => encodeTorchFile(dict(rename(w, (n) => n.replace('model.', 'model._orig_mod.')))),
    'of Lightning': (w) =>
      encodeTorchFile(dict({ epoch: 3, state_dict: dict(rename(w, (n) => `net.${n}`)), optimizer_states: [] })),
    'next to worse ones': (w) => encodeTorchFile(dict({ net: dict(rename(w, (n) => n)), ema: dict(w), step: 1 })),
    'without constant buffers': (w) =>
      encodeSafetensors({
        tensors: Object.fromEntries(Object.entries(w).filter(([name]) => !name.endsWith('resample_filter'))),
        metadata: {},
      }),
    'in bfloat16': (w) =>
      encodeSafetensors({
        tensors: Object.fromEntries(
          Object.entries(w).map(([name, { shape, data }]) => {
            const bits = new Uint32Array(Float32Array.from(data as Float32Array).buffer);
            return [name, { shape, data: Uint16Array.from(bits, (word) => word >>> 16), dtype: 'BF16' as const }];
          }),
        ),
        metadata: {},
      }),
  };

  it.each(Object.entries(LAYOUTS))('%s open with the settings of the network', async (_, encode) => {
    const bytes = await tinyTeacher();
    const expected = await openNetwork(bytes);
    const { network, role } = await openNetwork(encode(decodeSafetensors(bytes).tensors));
    expect(network.settings).toEqual(expected.network.settings);
    expect(role).toBeNull();
    for (const opened of [network, expected.network]) opened.module.dispose();
  });

  it('take the settings that are stated, and say what they assume of the rest', async () => {
    const file = LAYOUTS['with names as they are']!(decodeSafetensors(await tinyTeacher()).tensors);
    const settings = { precond: 've', sigmaRange: [0.01, 50] } as const;
    const { network, note } = await openNetwork(file, { settings, name: 'a.pt' });
    expect(network).toMatchObject({ sigmaMin: 0.01, sigmaMax: 50 });
    expect(note).toBe(
      'a.pt has no settings. Its weights are those of DDPM++ for 8x8x1 images, 4 channels, 3 classes. ' +
        'Assumed: ve preconditioning, one attention head, no dropout.',
    );
    network.module.dispose();
    const wrong = openNetwork(file, { settings: { precond: 'vp', sigmaData: 1 }, name: 'a.pt' });
    await expect(wrong).rejects.toThrow(
      'a.pt: sigmaData belongs to the preconditioning edm, not vp: leave sigmaData out.',
    );
    const stated = openNetwork(await tinyTeacher(), { settings: { precond: 'vp' }, name: 'b' });
    await expect(stated).rejects.toThrow('b: precond vp contradicts the file: the file says edm. Leave precond out.');
  });

  it('are no generator without a noise level', async () => {
    const file = LAYOUTS['with names as they are']!(decodeSafetensors(await tinyTeacher()).tensors);
    await expect(loadGenerator(file)).rejects.toThrow(NetworkRoleError);
    await expect(loadGenerator(file)).rejects.toThrow(/does not say whether .*; pass initSigma/);
    const generator = await loadGenerator(file, { initSigma: 1 });
    expect(generator.record.initSigma).toBe(1);
    generator.dispose();
  });

  it('that cannot be decoded are named, if the network needs them', () => {
    const complex = new NumpyArray('a');
    complex.setState([1, [1], 'c16', false, ''] as never);
    const python = new Map<string, unknown>([
      ['model.map_layer0.weight', { shape: [1, 1], data: new Float32Array(1) }],
      ['loss', complex],
    ]);
    const open = () => EDM_STATE_DICT.open(new CheckpointContents('a.pth', { python: asTensors(python) }), {});
    expect(open).toThrow(/weights give none/);
    python.set('model.enc.8x8_conv.weight', complex);
    expect(open).toThrow('a.pth: its tensor model.enc.8x8_conv.weight is a NumPy array');
  });

  it('of several networks are chosen by name', async () => {
    const weights = decodeSafetensors(await tinyTeacher()).tensors;
    const file = encodeTorchFile(
      dict({ G: dict(weights), fake_score: dict(rename(weights, (name) => `module.${name}`)) }),
    );
    await expect(openNetwork(file, { name: 'a.pt' })).rejects.toThrow(
      'a.pt: it has several networks; say which one with networkKey: G, fake_score.module.',
    );
    const { network, note } = await openNetwork(file, { settings: { networkKey: 'fake_score.module' } });
    expect(note).toContain('(fake_score.module, of 2 networks)');
    network.module.dispose();
  });
});

it('settings that have no effect on a file are refused, unless they are for others too', async () => {
  const file = await tinyTeacher();
  const open = (settings: StatedSettings) => openNetwork(file, { name: 'a.safetensors', settings });
  await expect(open({ networkKey: 'ema' })).rejects.toThrow(
    /^a\.safetensors: it is a network file of onestep, and takes no networkKey: leave that out/,
  );
  await expect(open({ ddpm: { scheme: 'edm' } })).rejects.toThrow(/takes no ddpm settings: leave that out/);
  await expect(open({ channelsPerHead: 3 })).rejects.toThrow(/channelsPerHead 3 contradicts the file/);
  const shared = await openNetwork(file, { settings: { networkKey: 'ema' }, sharesSettings: true });
  expect(shared.role).toBe('teacher');
  shared.network.module.dispose();
});

describe('files that hold no network', () => {
  it.each([
    ['a web page', '<!doctype html>', 'a: it is a web page, not a file of weights; check the address'],
    ['a pickle of something else', 'N.   ', 'a: it is a text that begins with "N.", not a file of weights'],
    ['an old pickle', '(dp0\n.', 'a: it holds no network, and no tensors by names'],
    ['nothing', '', 'a: it is empty, 0 bytes long, not a file of weights; get it again'],
  ])('%s', async (_, text, message) => {
    await expect(openNetwork(new TextEncoder().encode(text), { name: 'a' })).rejects.toThrow(message);
  });

  it('say which tensors they hold', async () => {
    const tensors = { 'conv1.weight': { shape: [1], data: new Float32Array(1) } };
    await expect(openNetwork(encodeSafetensors({ tensors, metadata: {} }), { name: 'a' })).rejects.toThrow(
      /a: its 1 tensors \(conv1\.weight\) are not those of a network that is known here; what is known: .*diffusers/,
    );
  });

  it('a folder without weights says so', async () => {
    await expect(openNetwork(import.meta.dirname)).rejects.toThrow(/it is a folder without weights/);
  });

  it('names of networks that are mistyped are guessed', async () => {
    await expect(openNetwork('cifar10')).rejects.toThrow(
      /file "cifar10"\. Did you mean cifar10-uncond or cifar10-cond\?/,
    );
    await expect(openNetwork('edm-cifar10-32x32-uncond-vp.pkl')).rejects.toThrow(
      'Did you mean edm-cifar10-32x32-uncond-vp',
    );
  });
});
