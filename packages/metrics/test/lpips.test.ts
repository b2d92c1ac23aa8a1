import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { readSafetensors } from '@onestep/checkpoint/node';
import { Lpips } from '@onestep/metrics';
import { beforeAll, describe, expect, it } from 'vitest';
import { imagesFrom, relativeError, toFileOrder } from '../../../parity/fixture-tensors.js';
import { formulaValues } from '../../../parity/formula-weights.js';
import { vgg16FeatureShapes } from '../src/vgg16/vgg16-features.js';

const CHANNELS = [4, 8, 8, 16, 16] as const;
let file: StateDict;
let weights: StateDict;

beforeAll(async () => {
  await tf.setBackend('ort');
  ({ tensors: file } = await readSafetensors(new URL('data/lpips.safetensors', import.meta.url).pathname));
  // The formula of data/detectors.py.
  const convolutions = [...vgg16FeatureShapes(CHANNELS)].map(([name, shape]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const scale = shape.length > 1 ? Math.sqrt(6 / (size / shape[0]!)) : 0.1;
    return [name, { shape, data: formulaValues(name, size, (u) => (2 * u - 1) * scale) }] as const;
  });
  const linear = Object.entries(file).filter(([name]) => name.startsWith('lin'));
  weights = Object.fromEntries([...convolutions, ...linear]);
});

const open = (resize?: number) => new Lpips(weights, 'thin.pth', { resize, channels: CHANNELS });
const expected = (name: string) => file[name]!.data as Float32Array;

describe('LPIPS', () => {
  it.each([
    ['as they are', 'lpips', undefined],
    ['enlarged', 'large', 40],
    ['shrunk', 'small', 20],
  ] as const)('is that of PyTorch for images %s', async (_, name, resize) => {
    const lpips = open(resize);
    const [a, b] = [imagesFrom(file.a!), imagesFrom(file.b!)];
    expect(relativeError(await lpips.distance(a, b).data(), expected(name))).toBeLessThan(1e-5);
    expect(Math.max(...(await lpips.distance(a, a).data()))).toBe(0);
    lpips.dispose();
  });

  it('has the gradient of PyTorch', async () => {
    const lpips = open(40);
    const b = imagesFrom(file.b!);
    const gradient = tf.grad((a) => tf.sum(lpips.distance(a as tf.Tensor4D, b)))(imagesFrom(file.a!));
    expect(relativeError(await toFileOrder(gradient as tf.Tensor4D), expected('large.gradient'))).toBeLessThan(1e-4);
    // An image of one color has features of zeros.
    const flat = tf.grad((a) => tf.sum(lpips.distance(a as tf.Tensor4D, b)))(tf.zerosLike(b));
    expect((await flat.data()).every(Number.isFinite)).toBe(true);
  });

  it('takes gray images as three equal channels', async () => {
    const gray = (name: string) => tf.slice(imagesFrom(file[name]!), [0, 0, 0, 0], [2, 24, 24, 1]);
    expect(relativeError(await open().distance(gray('a'), gray('b')).data(), expected('gray'))).toBeLessThan(1e-5);
  });

  it('reads the names of the published module too, and says which weights it needs', async () => {
    const ends = [3, 8, 15, 22, 29];
    const module = Object.entries(weights).map(([name, tensor]) => [
      name.replace(
        /^features\.(\d+)/,
        (_, layer) => `net.slice${1 + ends.findIndex((end) => Number(layer) < end)}.${layer}`,
      ),
      tensor,
    ]);
    const lpips = new Lpips(Object.fromEntries(module) as StateDict, 'lpips.pth', { channels: CHANNELS });
    const [a, b] = [imagesFrom(file.a!), imagesFrom(file.b!)];
    expect(relativeError(await lpips.distance(a, b).data(), expected('lpips'))).toBeLessThan(1e-5);
    const { 'lin3.model.1.weight': _, ...others } = weights;
    expect(() => new Lpips(others, 'vgg16.pth', { channels: CHANNELS })).toThrow(
      /vgg16.pth does not hold the weights of LPIPS with VGG16: the tensor lin3 is missing. They are in two files/,
    );
    expect(() => new Lpips(weights, 'vgg16.pth')).toThrow(/features.0.weight has shape \[4,3,3,3\], not \[64,3,3,3\]/);
  });
});
