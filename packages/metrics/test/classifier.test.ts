import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, expect, it } from 'vitest';
import { augment } from '../src/classifier/augment.js';
import { FashionCnn } from '../src/classifier/fashion-cnn.js';
import { accuracy, trainClassifier } from '../src/classifier/train-classifier.js';
import { FASHION_DETECTOR, FashionExtractor } from '../src/index.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

/** Images of two classes: a bright square in the upper left or in the lower right quarter. */
function squares(n: number) {
  const images = new Uint8Array(n * 1024);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    labels[i] = i % 2;
    const start = labels[i] === 0 ? 4 : 20;
    for (let row = start; row < start + 8; row++)
      images.fill(200 + (i % 50), i * 1024 + row * 32 + start, i * 1024 + row * 32 + start + 8);
  }
  return { images, labels };
}

it('has the documented number of parameters', () => {
  expect(new FashionCnn(null).parameterCount()).toBe(280_170);
});

it('returns probabilities that add up to 1, and the same results in any batch', async () => {
  const extractor = new FashionExtractor(new FashionCnn(new Rng(1)));
  const { images } = squares(3);
  const together = await extractor.extract(images, 3);
  expect(together.features.length).toBe(3 * 128);
  for (let i = 0; i < 3; i++) {
    const sum = together.probabilities.subarray(i * 10, i * 10 + 10).reduce((a, b) => a + b, 0);
    expect(sum).toBeCloseTo(1, 6);
    const alone = await extractor.extract(images.subarray(i * 1024, (i + 1) * 1024), 1);
    alone.features.forEach((value, k) => expect(value).toBeCloseTo(together.features[i * 128 + k]!, 5));
  }
  await expect(extractor.extract(images, 4)).rejects.toThrow(/4 images are 4096 bytes, not 3072/);
  const tensors = tf.memory().numTensors;
  await extractor.extract(images, 3);
  expect(tf.memory().numTensors).toBe(tensors);
});

it('trains to a lower loss, and to the same losses from the same seed', async () => {
  const data = squares(16);
  const run = async () => {
    const network = new FashionCnn(new Rng(5));
    const losses: number[] = [];
    const tensors = tf.memory().numTensors;
    await trainClassifier(network, data, new Rng(6), {
      epochs: 4,
      batchSize: 8,
      learningRate: 3e-3,
      onStep: ({ loss }) => losses.push(loss),
    });
    expect(tf.memory().numTensors).toBe(tensors);
    return losses;
  };
  const losses = await run();
  expect(losses.length).toBe(8);
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 2);
  expect(await run()).toEqual(losses);
});

it('refuses to train on fewer images than a batch', async () => {
  const options = { epochs: 1, batchSize: 8, learningRate: 1e-3 };
  await expect(trainClassifier(new FashionCnn(null), squares(4), new Rng(0), options)).rejects.toThrow(/4 images/);
});

it('counts the most probable class as the answer', () => {
  expect(accuracy(Float32Array.of(...onlyClass(3), ...onlyClass(7)), Uint8Array.of(3, 1))).toBe(0.5);
});
const onlyClass = (label: number) => Array.from({ length: 10 }, (_, i) => (i === label ? 0.9 : 0.01));

it('augments by shifts of up to two pixels and by mirroring', () => {
  const image = new Uint8Array(1024);
  image[10 * 32 + 7] = 255;
  const places = new Set<string>();
  const rng = new Rng(0);
  for (let i = 0; i < 300; i++) {
    const at = augment(image, rng).indexOf(255);
    places.add(`${Math.floor(at / 32)},${at % 32}`);
  }
  // Rows 8 to 12; columns 5 to 9, or mirrored (7 becomes 24) 22 to 26.
  const expected = [8, 9, 10, 11, 12].flatMap((row) =>
    [5, 6, 7, 8, 9, 22, 23, 24, 25, 26].map((column) => `${row},${column}`),
  );
  expect([...places].sort()).toEqual(expected.sort());
});

it('refuses weights of another network', () => {
  const file = { tensors: {}, metadata: { name: 'another' } };
  expect(() => FashionExtractor.fromWeights(file)).toThrow(/those of another, not of fashion-mnist-cnn-v0/);
  expect(() => FashionExtractor.fromWeights({ tensors: {}, metadata: { name: FASHION_DETECTOR } })).toThrow(/missing/);
});
