import '@onestep/tfjs-backend-ort';
import { existsSync, readFileSync, writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, it } from 'vitest';
import { accuracy, type LabeledImages } from '../src/classifier/train-classifier.js';
import { evaluateImages, type ImageBatch } from '../src/index.js';
import {
  loadFashionMnistClassifier,
  loadFashionMnistFeatures,
  loadFashionMnistReference,
  readReference,
  writeReference,
} from '../src/node/index.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

it('has a reference made with the classifier', async () => {
  const [extractor, reference] = [await loadFashionMnistClassifier(), await loadFashionMnistReference()];
  expect(reference).toMatchObject({ detector: extractor.name, numImages: 60_000 });
  expect(reference.mean.length).toBe(extractor.featureDim);
});

it('has feature maps whose averages are the features', async () => {
  const [extractor, maps] = [await loadFashionMnistClassifier(), await loadFashionMnistFeatures()];
  const pixels = Uint8Array.from(new Rng(1).integers(3 * 1024, 256));
  const { features } = await extractor.extract(pixels, 3);
  const images = tf.tensor4d(
    Float32Array.from(pixels, (value) => value / 127.5 - 1),
    [3, 32, 32, 1],
  );
  const found = maps.features(images);
  expect(found.map(({ shape }) => shape)).toEqual([
    [3, 16, 16, 32],
    [3, 8, 8, 64],
    [3, 4, 4, 128],
  ]);
  const averages = await tf.mean(found[2]!, [1, 2]).data();
  expect(Math.max(...averages.map((value, i) => Math.abs(value - features[i]!)))).toBeLessThan(1e-4);
  maps.dispose();
});

it('gives noise a large FID and a low Inception Score', async () => {
  const [extractor, reference] = [await loadFashionMnistClassifier(), await loadFashionMnistReference()];
  const noise = Uint8Array.from(new Rng(0).integers(300 * 1024, 256));
  const result = await evaluateImages(extractor, [{ images: noise, count: 300 }], reference);
  expect(result.fid).toBeGreaterThan(1);
  expect(result.isMean).toBeLessThan(3);
  expect(result).toMatchObject({ numImages: 300, detector: extractor.name });
  await expect(evaluateImages(extractor, [], { ...reference, detector: 'another' })).rejects.toThrow(
    /made with the detector another/,
  );
});

it('reads a reference as it was written, and refuses other files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'onestep-metrics-'));
  try {
    const reference = await loadFashionMnistReference();
    const path = join(folder, 'reference.safetensors');
    await writeReference(path, reference);
    expect(await readReference(path)).toEqual(reference);
    writeFileSync(path, readFileSync(path).subarray(0, 5000));
    await expect(readReference(path)).rejects.toThrow(/reference\.safetensors/);
    const weights = new URL('../assets/fashion-mnist-cnn-v0.safetensors', import.meta.url).pathname;
    await expect(readReference(weights)).rejects.toThrow(/not a file of reference statistics/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const FASHION = '/usr/share/datasets/fashion-mnist';

/** The first `n` test images, padded to 32x32. */
function testImages(n: number): LabeledImages {
  const pixels = gunzipSync(readFileSync(join(FASHION, 't10k-images-idx3-ubyte.gz'))).subarray(16);
  const labels = gunzipSync(readFileSync(join(FASHION, 't10k-labels-idx1-ubyte.gz'))).subarray(8, 8 + n);
  const images = new Uint8Array(n * 1024);
  for (let row = 0; row < n * 28; row++) {
    images.set(pixels.subarray(row * 28, (row + 1) * 28), (Math.floor(row / 28) * 32 + (row % 28) + 2) * 32 + 2);
  }
  return { images, labels };
}

it.skipIf(!existsSync(FASHION))(
  'recognizes the test images, and measures the documented FID and Inception Score',
  async () => {
    const [extractor, reference] = [await loadFashionMnistClassifier(), await loadFashionMnistReference()];
    const { images, labels } = testImages(5000);
    const { probabilities } = await extractor.extract(images, 5000);
    expect(accuracy(probabilities, labels)).toBeGreaterThan(0.91);
    const clean = await evaluateImages(extractor, inBatches(images), reference);
    // The README's figures.
    expect(clean.fid).toBeCloseTo(0.0323, 4);
    expect(clean.isMean).toBeCloseTo(8.03, 2);
    expect(clean.isStd).toBeCloseTo(0.126, 3);
    const noisy = images.map((value, i) => Math.max(0, Math.min(255, value + (((i * 7919) % 61) - 30))));
    const worse = await evaluateImages(extractor, inBatches(noisy), reference);
    expect(worse.fid).toBeGreaterThan(5 * clean.fid);
  },
);

async function* inBatches(images: Uint8Array): AsyncGenerator<ImageBatch> {
  for (let start = 0; start < images.length; start += 500 * 1024) {
    yield { images: images.subarray(start, start + 500 * 1024), count: 500 };
  }
}
