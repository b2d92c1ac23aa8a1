import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { blur, noise } from '../scripts/color-detector/degrade.js';
import { drawPicture, type Clothes, type PictureWish } from '../scripts/color-detector/draw-picture.js';
import { trainColorCnn } from '../scripts/color-detector/train-color-cnn.js';
import { ColorCnn } from '../src/color/color-cnn.js';
import {
  COLOR_DETECTOR,
  ColorExtractor,
  computeReference,
  frechetDistance,
  prepareImages,
  withImageFormat,
  type PixelImage,
} from '../src/index.js';
import { loadColorDetector } from '../src/node/index.js';

/** A square in place of Fashion-MNIST, which may not be installed. */
const CLOTHES: Clothes = {
  images: Uint8Array.from({ length: 10 * 784 }, (_, i) => (i % 28 > 6 && i % 28 < 21 ? 200 : 0)),
  labels: Uint8Array.from({ length: 10 }, (_, i) => i),
};

beforeAll(async () => {
  await tf.setBackend('ort');
});

describe('the drawn pictures', () => {
  it('are the same for the same numbers, and as wished', () => {
    const draw = (name: string, wish?: PictureWish) => drawPicture(new Rng(3, name), CLOTHES, wish);
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a').image.data).not.toEqual(draw('b').image.data);
    const { image, answers } = draw('c', { side: 20, object: 0.99, degrade: false });
    expect([image.width, image.height, image.data.length]).toEqual([20, 20, 1200]);
    expect(answers).toMatchObject({ object: 19, blur: 0, noise: 0 });
    expect(answers.objectColor).not.toBe(answers.backgroundColor);
  });
});

describe('the color detector', () => {
  it('is trained to the same losses by the same seed', async () => {
    const train = async () => {
      const network = new ColorCnn(new Rng(1));
      expect(network.parameterCount()).toBe(362_934);
      const losses: number[] = [];
      const tensors = tf.memory().numTensors;
      const options = { steps: 3, batchSize: 2, learningRate: 1e-3, seed: 4 };
      await trainColorCnn(network, CLOTHES, { ...options, onStep: ({ loss }) => losses.push(loss) });
      expect(tf.memory().numTensors).toBe(tensors);
      return losses;
    };
    const losses = await train();
    expect(losses.every((loss) => loss > 5 && loss < 40)).toBe(true);
    expect(await train()).toEqual(losses);
  });

  it('takes images of any size, alone or in a batch, gray ones as gray colors', async () => {
    const detector = await loadColorDetector();
    expect(detector).toMatchObject({ name: COLOR_DETECTOR, featureDim: 128, numClasses: 20 });
    const small = withImageFormat(detector, { imgResolution: 8, imgChannels: 1 });
    const gray = Uint8Array.from(new Rng(0).integers(2 * 64, 256));
    const { features, probabilities } = await small.extract(gray, 2);
    expect([features.length, probabilities.length]).toEqual([256, 40]);
    expect(probabilities.subarray(0, 20).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    const rgb = {
      width: 8,
      height: 8,
      channels: 3,
      data: Uint8Array.from({ length: 192 }, (_, i) => gray[64 + Math.floor(i / 3)]!),
    };
    const alone = await detector.extract(detector.prepare(rgb), 1);
    alone.features.forEach((value, i) => expect(value).toBeCloseTo(features[128 + i]!, 4));
    await expect(small.extract(gray, 3)).rejects.toThrow(/3 images of 8x8x1 are 192 bytes, not 128/);
    expect(() => ColorExtractor.fromWeights({ tensors: {}, metadata: {} })).toThrow(
      /an unnamed network, not of onestep-color/,
    );
  });

  it('measures a larger distance the worse pictures are, and the fewer kinds there are', async () => {
    const detector = await loadColorDetector();
    const count = 100;
    const measure = (name: string, make: (rng: Rng) => PixelImage) => {
      const images = Array.from({ length: count }, (_, i) => make(new Rng(0, `${name} ${i}`)));
      return computeReference(detector, prepareImages(detector, images), name);
    };
    const draw = (rng: Rng, wish: PictureWish = {}) =>
      drawPicture(rng, CLOTHES, { side: 32, degrade: false, ...wish }).image;
    const reference = await measure('reference', draw);
    const distance = async (name: string, make: (rng: Rng) => PixelImage) =>
      frechetDistance(await measure(name, make), reference);
    const same = await distance('same', draw);
    const little = await distance('noise', (rng) => noise(draw(rng), 20, rng));
    const much = await distance('noise', (rng) => noise(draw(rng), 60, rng));
    const blurred = await distance('blur', (rng) => blur(draw(rng), 2, rng));
    const oneColor = await distance('colors', (rng) => draw(rng, { objectColor: 0 }));
    expect(little).toBeGreaterThan(same);
    expect(much).toBeGreaterThan(2 * little);
    expect(blurred).toBeGreaterThan(2 * same);
    expect(oneColor).toBeGreaterThan(same);
  });
});
