import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { readSafetensors } from '@onestep/checkpoint/node';
import { beforeAll, expect, it } from 'vitest';
import { relativeError } from '../../../parity/fixture-tensors.js';
import { formulaValues } from '../../../parity/formula-weights.js';
import { Vgg16Extractor, Vgg16Network } from '../src/index.js';
import { vgg16Shapes, type Vgg16Sizes } from '../src/vgg16/vgg16-network.js';
import { nhwc } from './support/nhwc.js';

beforeAll(async () => {
  await tf.setBackend('ort');
});

/** Weights by the formula of data/detectors.py. */
function formulaWeights(sizes: Vgg16Sizes) {
  const tensors = [...vgg16Shapes(sizes)].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = shape.length > 1 ? Math.sqrt(6 / (size / shape[0]!)) : 0.1;
    return [name, { shape, data: formulaValues(name, size, (u) => (2 * u - 1) * scale) }] as const;
  });
  return Object.fromEntries(tensors);
}

it('has 138,357,544 weights under the names of torchvision', () => {
  const shapes = vgg16Shapes();
  expect([...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)).toBe(138_357_544);
  expect(shapes.get('features.28.weight')).toEqual([512, 512, 3, 3]);
  expect(shapes.get('classifier.0.weight')).toEqual([4096, 25_088]);
});

it('has the features and class scores of a PyTorch network with the same weights', async () => {
  const path = new URL('data/detectors.safetensors', import.meta.url).pathname;
  const { tensors, metadata } = await readSafetensors(path);
  const sizes = JSON.parse(metadata.vgg16!) as Vgg16Sizes;
  const network = new Vgg16Network(formulaWeights(sizes), 'thin.pth', sizes);
  const images = nhwc(tensors.images!);
  // Two images in batches of three: the batch is padded.
  const extractor = new Vgg16Extractor(network, { imgResolution: 40, imgChannels: 3, batchSize: 3 });
  const before = tf.memory().numTensors;
  const { features, probabilities } = await extractor.extract(images, 2);
  expect(tf.memory().numTensors).toBe(before);
  const expected = (name: string) => tensors[name]!.data as Float32Array;
  expect(relativeError(features, expected('vgg16.features'))).toBeLessThan(1e-4);
  const logits = tf.tensor2d(expected('vgg16.logits'), [2, sizes.classes]);
  expect(relativeError(probabilities, (await tf.softmax(logits).data()) as Float32Array)).toBeLessThan(1e-4);
  extractor.dispose();
});

it('refuses weights of another network and names the tensor', () => {
  const sizes = { channels: [1, 1, 1, 1, 1], hidden: 2, classes: 2, resolution: 32 } as const;
  const { 'features.7.bias': bias, ...others } = formulaWeights(sizes);
  expect(() => new Vgg16Network(others, 'vgg.pth', sizes)).toThrow(/vgg.pth .* the tensor features.7.bias is missing/);
  expect(() => new Vgg16Network({ ...others, 'features.7.bias': bias! }, 'vgg.pth')).toThrow(
    /features.0.weight has shape \[1,3,3,3\], not \[64,3,3,3\]/,
  );
});
