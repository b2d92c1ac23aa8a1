import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { appendMinibatchDeviation } from '../src/networks/minibatch-deviation.js';
import { SynthesisLayer } from '../src/networks/synthesis-layer.js';
import { discriminatorOf, generatorOf } from './support/tiny-networks.js';

beforeAll(startTestBackend);

const normal = (rng: Rng, shape: number[]) => tf.tensor(rng.normal(tf.util.sizeFromShape(shape)), shape);

/** x with a zero after every pixel, padded, and filtered with [1, 3, 3, 1] times 2 in both directions. */
function upsample(x: tf.Tensor4D, before: number, after: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const spread = tf.pad(tf.reshape(x, [n, h, 1, w, 1, c]), [[0, 0], [0, 0], [0, 1], [0, 0], [0, 1], [0, 0]]); // prettier-ignore
  const padded = tf.pad(tf.reshape(spread, [n, 2 * h, 2 * w, c]), [[0, 0], [before, after], [before, after], [0, 0]]); // prettier-ignore
  const row = tf.tensor1d([1, 3, 3, 1].map((tap) => tap / 4));
  const filter = tf.tile(tf.reshape(tf.outerProduct(row, row), [4, 4, 1, 1]), [1, 1, c, 1]) as tf.Tensor4D;
  return tf.depthwiseConv2d(padded as tf.Tensor4D, filter, 1, 'valid');
}

it.each([false, true])('modulates and demodulates the weights of each image, up: %s', async (up) => {
  const rng = new Rng(1);
  const options = { wDim: 5, resolution: up ? 8 : 4, up, useNoise: true, clamp: null };
  const layer = new SynthesisLayer(3, 6, rng, options);
  const x = normal(rng, [2, 4, 4, 3]) as tf.Tensor4D;
  const w = normal(rng, [2, 5]) as tf.Tensor2D;
  const actual = layer.forward(x, w, null);
  const expected = tf.tidy(() => {
    const styles = layer.affine.forward(w);
    const images = [0, 1].map((i) => {
      // Eq. (1) and (3), Karras et al. 2020.
      const modulated = tf.mul(layer.weight.variable, tf.reshape(tf.gather(styles, i), [1, 1, 3, 1]));
      const weight = tf.div(modulated, tf.sqrt(tf.add(tf.sum(tf.square(modulated), [0, 1, 2], true), 1e-8)));
      const image = tf.slice(x, i, [1, 4, 4, 3]);
      return up
        ? tf.conv2d(upsample(image, 3, 2), tf.reverse(weight, [0, 1]) as tf.Tensor4D, 1, 'valid')
        : tf.conv2d(image, weight as tf.Tensor4D, 1, 'same');
    });
    return tf.mul(tf.leakyRelu(tf.concat(images), 0.2), Math.SQRT2);
  });
  const error = tf.div(tf.norm(tf.sub(actual, expected)), tf.norm(expected));
  expect((await error.data())[0]).toBeLessThan(1e-6);
});

it('computes the minibatch statistics of strided groups', async () => {
  // Groups of two: images 0 and 2, 1 and 3. Their channels are 1 apart, 3 apart; 2 apart, 6 apart.
  const x = tf.tensor4d([0, 0, 0, 0, 1, 3, 2, 6], [4, 1, 1, 2]);
  const deviations = async (groupSize: number | null, channels: number) => {
    const result = appendMinibatchDeviation(x, groupSize, channels);
    const appended = tf.slice(result, [0, 0, 0, 2], [4, 1, 1, channels]);
    return Array.from(await appended.data(), (v) => Number(v.toFixed(4)));
  };
  expect(await deviations(2, 2)).toEqual([0.5, 1.5, 1, 3, 0.5, 1.5, 1, 3]);
  expect(await deviations(2, 1)).toEqual([1, 2, 1, 2]);
  const whole = [Math.sqrt(11 / 16), Math.sqrt((9 + 36) / 4 - (9 / 4) ** 2)].map((v) => Number(v.toFixed(4)));
  expect(await deviations(null, 2)).toEqual([...whole, ...whole, ...whole, ...whole]);
  expect(await deviations(8, 2)).toEqual(await deviations(null, 2));
  expect(() => appendMinibatchDeviation(x, 3, 1)).toThrow('A batch of 4 images has no groups of 3');
});

it('moves the first ws toward their average, and the average toward the mean of a batch', async () => {
  const { mapping } = generatorOf({});
  mapping.w_avg!.variable.assign(tf.tensor1d([1, 2, 3, 4, 5]));
  const w = tf.tensor2d([[0, 0, 0, 0, 0]]);
  const rows = async (options: object) => (await mapping.broadcast(w, options).array())[0]!.map(([first]) => first);
  expect(await rows({})).toEqual([0, 0, 0, 0]);
  expect(await rows({ psi: 0.5 })).toEqual([0.5, 0.5, 0.5, 0.5]);
  expect(await rows({ psi: 0, cutoff: 1 })).toEqual([1, 0, 0, 0]);
  expect(await rows({ psi: 0, cutoff: 0 })).toEqual([0, 0, 0, 0]);
  const next = await mapping.averageAfter(tf.tensor2d([[0, 0, 0, 0, 0], [2, 2, 2, 2, 2]])).data(); // prettier-ignore
  expect(next[4]).toBeCloseTo(1 + 0.995 * 4, 5);
});

it('the logits of a conditional discriminator depend on the label', async () => {
  const network = discriminatorOf({ labelDim: 2, cmapDim: 3 });
  const images = normal(new Rng(2), [4, 8, 8, 1]) as tf.Tensor4D;
  const logits = network.discriminate(images, tf.tensor2d([[0, 1]]));
  expect(logits.shape).toEqual([4, 1]);
  const other = network.discriminate(images, tf.tensor2d([[1, 0]]));
  expect(await logits.data()).not.toEqual(await other.data());
  expect(() => network.discriminate(images)).toThrow('The labels are missing; this network needs [N, 2].');
});

it('refuses settings that describe no network', () => {
  expect(() => generatorOf({ imgResolution: 12 })).toThrow(/imgResolution must be a power of two from 4/);
  expect(() => discriminatorOf({ imgResolution: 4 })).toThrow(/imgResolution must be a power of two from 8/);
  expect(() => discriminatorOf({ mbstdNumChannels: 3 })).toThrow(/must be a divisor of the 8 channels/);
  expect(() => generatorOf({ architecture: 'dense' as never })).toThrow(
    /architecture must be one of orig, skip, resnet/,
  );
});
