import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { openSafetensors, readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { beforeAll, describe, expect, it } from 'vitest';
import { inception, inceptionFormulaWeights } from '../../../parity/checks/inception.js';
import { relativeError } from '../../../parity/fixture-tensors.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { describeParity } from '../../../test-support/parity.js';
import { InceptionExtractor, InceptionNetwork, inceptionShapes } from '../src/index.js';
import { nhwc } from './support/nhwc.js';

describeParity(inception, 'metrics', /^inception.*\.safetensors/);

it.skipIf(!hasFixtures)('expects the names and shapes of the public files', () => {
  const keys = JSON.parse(readFileSync(`${FIXTURES}metrics/inception-keys.json`, 'utf8')) as Record<string, number[]>;
  expect(Object.fromEntries(inceptionShapes())).toEqual(keys);
});

it('refuses weights of another network and names the tensor', () => {
  const weights = Object.fromEntries(
    [...inceptionShapes()].map(([name, shape]) => [name, { shape: [...shape], data: new Float32Array(0) }]),
  );
  const torchvision = { ...weights, 'fc.weight': { shape: [1000, 2048], data: new Float32Array(0) } };
  expect(() => new InceptionNetwork(torchvision, 'inception_v3.pth')).toThrow(
    /inception_v3.pth .*fc.weight has shape \[1000,2048\], not \[1008,2048\].*torchvision/,
  );
  const { 'Mixed_6b.branch1x1.bn.bias': _missing, ...others } = weights;
  expect(() => new InceptionNetwork(others)).toThrow(/the tensor Mixed_6b.branch1x1.bn.bias is missing/);
  expect(() => new InceptionNetwork({ ...weights, 'AuxLogits.fc.bias': weights['fc.bias']! })).toThrow(/AuxLogits/);
});

describe('the extractor', () => {
  let network: InceptionNetwork;
  beforeAll(async () => {
    await tf.setBackend('ort');
    // From a file, whose tensors are read on demand.
    const folder = await mkdtemp(join(tmpdir(), 'onestep-inception-'));
    const path = join(folder, 'weights.safetensors');
    await writeSafetensors(path, { tensors: inceptionFormulaWeights(), metadata: {} });
    network = new InceptionNetwork((await openSafetensors(path)).tensors, path);
    await rm(folder, { recursive: true });
  });

  it('has the spatial features of a PyTorch network with the same weights', async () => {
    const { tensors } = await readSafetensors(new URL('data/detectors.safetensors', import.meta.url).pathname);
    const images = nhwc(tensors.images!);
    const extractor = new InceptionExtractor(network, { imgResolution: 40, imgChannels: 3, batchSize: 2 });
    const { spatial } = await extractor.extract(images, 2, { spatial: true });
    expect(spatial!.length).toBe(2 * extractor.spatialDim);
    expect(relativeError(spatial!, tensors['features.spatial']!.data as Float32Array)).toBeLessThan(1e-4);
    expect(await extractor.extract(images, 2)).not.toHaveProperty('spatial');
  });

  it('prepares images of any size by the rule of each program, and has a name for each', async () => {
    const { tensors } = await readSafetensors(new URL('data/detectors.safetensors', import.meta.url).pathname);
    const data = nhwc(tensors.images!).subarray(0, 40 * 40 * 3);
    const image = { data, width: 40, height: 40, channels: 3 };
    const byEngine = new InceptionExtractor(network, { imgResolution: 40, imgChannels: 3, batchSize: 1 });
    const { features: expected } = await byEngine.extract(data, 1);
    const features = async (rule: 'edm' | 'pytorch-fid' | 'clean-fid') => {
      const extractor = new InceptionExtractor(network, { imgResolution: 299, imgChannels: 3, rule, batchSize: 1 });
      const found = await extractor.extract(extractor.prepare(image), 1);
      return { name: extractor.name, error: relativeError(found.features, expected), resizing: extractor.resizing };
    };
    const edm = await features('edm');
    expect(edm).toMatchObject({ name: 'inception-2015-12-05', resizing: expect.stringContaining('TensorFlow 1') });
    // The engine and the rule resize alike.
    expect(edm.error).toBeLessThan(1e-4);
    const [pytorch, clean] = [await features('pytorch-fid'), await features('clean-fid')];
    expect([pytorch.name, clean.name]).toEqual(['inception-2015-12-05/pytorch-fid', 'inception-2015-12-05/clean-fid']);
    for (const { error } of [pytorch, clean]) expect(error).toBeGreaterThan(1e-3);
    const wrong = { imgResolution: 40, imgChannels: 3, rule: 'clean-fid' } as const;
    expect(() => new InceptionExtractor(network, wrong)).toThrow(
      /rule of clean-fid, images have to be prepared to 299x299/,
    );
  });

  it('gives the same results in any batch, leaks no tensors, and repeats gray images to three channels', async () => {
    const options = { imgResolution: 16, imgChannels: 1, batchSize: 2 } as const;
    const gray = new InceptionExtractor(network, options);
    const images = Uint8Array.from(new Rng(0).integers(3 * 256, 256));
    const three = await gray.extract(images, 3);
    const tensors = tf.memory().numTensors;
    const one = await gray.extract(images.subarray(512), 1);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(one.features).toEqual(three.features.subarray(2 * 2048));
    expect(three.probabilities.subarray(0, 1008).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const rgb = new InceptionExtractor(network, { ...options, imgChannels: 3 });
    const tripled = Uint8Array.from({ length: 768 }, (_, i) => images[512 + Math.floor(i / 3)]!);
    expect((await rgb.extract(tripled, 1)).features).toEqual(one.features);
    await expect(gray.extract(images, 2)).rejects.toThrow(
      /expects 16x16x1 pixels per image: 2 images are 512 bytes, not 768/,
    );
  });
});
