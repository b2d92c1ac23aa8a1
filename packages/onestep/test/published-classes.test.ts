import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toFloat32, type HostTensor } from '@onestep/checkpoint';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { describeGenerator, networkMetadata, oneHot } from '@onestep/diffusion-core';
import { ADM, DDPMPP, PreconditionedNetwork, type PartialNetworkSettings } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { readCheckpoint } from 'onestep/node';
import { fileSource } from '@onestep/checkpoint/node';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { pythonWith } from '../../../test-support/python.js';
import { convertFile } from '../src/node/index.js';

const STAND_INS = fileURLToPath(new URL('../../../test-support/published/', import.meta.url));
const python = pythonWith('torch');

const song = { ...DDPMPP, modelChannels: 8, channelMult: [1, 2], numBlocks: 1, attnResolutions: [4], dropout: 0 };
const adm = { ...ADM, modelChannels: 8, channelMult: [1, 8], numBlocks: 1, attnResolutions: [4], dropout: 0 };
const CASES: Record<string, PartialNetworkSettings> = {
  'ddpmpp.pkl': { imgResolution: 8, imgChannels: 2, labelDim: 3, model: { ...song, augmentDim: 9 } },
  'ddpmpp.pth': { imgResolution: 8, imgChannels: 2, labelDim: 3, model: { ...song, augmentDim: 9 } },
  'adm.pkl': { imgResolution: 8, imgChannels: 3, labelDim: 4, model: adm },
  'adm.pth': { imgResolution: 8, imgChannels: 3, model: adm },
};

interface Answer {
  y: number[];
  published: boolean;
  training: boolean;
  trained: boolean;
  again: string;
  same: boolean;
}

let folder: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  await startTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'onestep-published-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function writeNetwork(path: string, settings: PartialNetworkSettings): Promise<PreconditionedNetwork> {
  const network = new PreconditionedNetwork(settings, new Rng(5));
  const rng = new Rng(6);
  // Initial weights have zeros, which would hide a tensor in a wrong place.
  const weights = Object.entries(await network.stateDict()).map(([name, { shape, data }]) => {
    const isConstant = /resample_filter|freqs/.test(name);
    return [name, { shape, data: isConstant ? data : rng.normal(data.length).map((v) => v * 0.2) }] as const;
  });
  network.loadStateDict(Object.fromEntries(weights));
  const described = describeGenerator(network.settings, { initSigma: 2.5, method: 'sid', alpha: 1.2 });
  await writeSafetensors(path, { tensors: await network.stateDict(), metadata: networkMetadata(described) });
  return network;
}

describe('snapshots for the published scripts', () => {
  it.each(Object.entries(CASES).filter(([name]) => name.endsWith('.pkl')))(
    '%s comes back as it was, bit by bit',
    async (name, settings) => {
      const [source, dest, back] = [`${name}.safetensors`, `own-${name}`, `back-${name}.safetensors`].map(inFolder);
      (await writeNetwork(source!, settings)).dispose();
      await convertFile({ path: source!, dest: dest! });
      await convertFile({ path: dest!, dest: back! });
      expect((await readFile(back!)).equals(await readFile(source!))).toBe(true);
    },
  );

  it.skipIf(python === null)(
    'load into the published classes (stand-ins), and compute the same (skipped without PyTorch)',
    async () => {
      const requests: object[] = [];
      const expected: Float32Array[] = [];
      for (const [name, settings] of Object.entries(CASES)) {
        const network = await writeNetwork(inFolder('network.safetensors'), settings);
        await convertFile({ path: inFolder('network.safetensors'), dest: inFolder(name) });
        const { imgResolution: size, imgChannels: channels, labelDim } = network;
        const { model } = network.settings;
        const x = new Rng(1).normal(2 * channels * size * size);
        const labels = oneHot([1, 0], Math.max(labelDim, 2));
        const y = tf.tidy(() => {
          const images = tf.transpose(tf.tensor4d(x, [2, channels, size, size]), [0, 2, 3, 1]);
          const sigma = tf.tensor1d([0.3, 7]);
          return tf.transpose(
            network.denoise(images, sigma, { labels: labelDim > 0 ? labels : undefined }),
            [0, 3, 1, 2],
          );
        });
        expected.push((await y.data()) as Float32Array);
        const snake = (key: string) => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
        requests.push({
          path: inFolder(name),
          kwargs: {
            img_resolution: size,
            img_channels: channels,
            label_dim: labelDim,
            ...Object.fromEntries(Object.entries(model).map(([key, value]) => [snake(key), value])),
          },
          x: { shape: [2, channels, size, size], data: [...x] },
          sigma: { shape: [2], data: [0.3, 7] },
          ...(labelDim > 0 && { labels: { shape: [2, labelDim], data: [...labels.dataSync()] } }),
        });
        tf.dispose([y, labels]);
        network.dispose();
      }
      await writeFile(inFolder('requests.json'), JSON.stringify(requests));
      const { stdout, stderr } = spawnSync(python!, ['load_snapshots.py', inFolder('requests.json')], {
        cwd: STAND_INS,
        encoding: 'utf8',
        env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      });
      expect(stderr).toBe('');
      const answers = JSON.parse(stdout) as Answer[];
      for (const [i, { y, again, ...answer }] of answers.entries()) {
        expect(answer).toMatchObject({ published: true, training: false, same: true });
        expect(relativeError(y, expected[i]!)).toBeLessThan(1e-5);
        // What PyTorch pickles again has all of the layers, and is a published snapshot like any other.
        const [name] = Object.entries(CASES)[i]!;
        const [own, theirs] = [inFolder(name), again].map((path) => readCheckpoint(fileSource(path)).tensors);
        expect(Object.keys(theirs!).sort()).toEqual(Object.keys(own!).sort());
        const differs = ([key, tensor]: [string, HostTensor]) =>
          relativeError(toFloat32(tensor), toFloat32(own![key]!)) > 0;
        expect(Object.entries(theirs!).filter(differs)).toEqual([]);
      }
      expect(answers.map(({ trained }) => trained)).toEqual([false, true, false, true]);
    },
  );
});
