import { describe, expect, it } from 'vitest';
import { convolve } from '../src/lower/convolution.js';
import { type Case, geometryOf, lowered } from './convolution-cases.js';
import { difference, distance, images, pattern, restartOrt, tf, values } from './support.js';

/** Whether a convolution is computed by combinations of rows. */
const byRows = (example: Case) => {
  const { geometry, dy } = geometryOf(example);
  const { x, kernel, outputs } = example;
  return lowered((b, input) => convolve(b, input(x), input([...kernel, x[3], outputs]), undefined, geometry, dy)).some(
    ({ attributes }) => attributes.group === x[3],
  );
};

describe('convolutions by combinations of rows (Winograd)', () => {
  const wide: Case = { x: [1, 16, 32, 128], kernel: [3, 3], outputs: 128 };
  it.each([
    ['128 channels, 512 pixels', true, wide],
    ['more channels out', true, { ...wide, outputs: 144 }],
    ['several samples', true, { ...wide, x: [3, 16, 16, 128] }],
    ['64 channels, four rows, 1,024 pixels', true, { x: [1, 32, 32, 64], kernel: [3, 3], outputs: 64 }],
    ['64 channels, two rows', false, { x: [1, 34, 32, 64], kernel: [3, 3], outputs: 64 }],
    ['odd height', false, { ...wide, x: [1, 17, 32, 128] }],
    ['few channels in', false, { ...wide, x: [1, 16, 32, 112] }],
    ['few channels out', false, { ...wide, outputs: 112 }],
    ['channels that do not fill blocks', false, { ...wide, outputs: 136 }],
    ['few pixels', false, { ...wide, x: [1, 14, 32, 128] }],
    ['not the same size', false, { ...wide, pad: 'valid' }],
    ['stride 2', false, { ...wide, strides: [2, 2] }],
    ['5x5', false, { ...wide, kernel: [5, 5] }],
  ] as [string, boolean, Case][])('%s: %s', (_name, expected, example) => expect(byRows(example)).toBe(expected));

  it.each([
    ['two rows, bias', [1, 2, 256, 128], 128, true],
    ['two rows, two samples, more channels out', [2, 16, 16, 128], 144, false],
    ['four rows, bias', [1, 4, 256, 128], 128, true],
  ] as const)('agree with the CPU backend, with the gradient for the input: %s', async (_name, x, o, withBias) => {
    const conv = (x: tf.Tensor, w: tf.Tensor4D) => {
      const y = tf.conv2d(x as tf.Tensor4D, w, 1, 'same');
      return withBias ? tf.add(y, pattern([o], 3)) : y;
    };
    const f = () => {
      const [image, weights] = [images(x), tf.mul(images([3, 3, x[3], o], 2), 0.03) as tf.Tensor4D];
      const y = conv(image, weights);
      return [y, tf.grad((x) => conv(x, weights))(image, tf.sin(y))];
    };
    expect(await difference(f)).toBeLessThan(1e-5);
  });

  it.each([
    ['two rows', [4, 34, 32, 256], 256],
    ['four rows', [2, 16, 32, 128], 144],
  ] as const)(
    'agree with narrow convolutions that add up to the same, with both gradients: %s',
    async (_name, x, o) => {
      const ort = await restartOrt();
      ort.forbidFallback = true;
      type Convolution = (image: tf.Tensor, weights: tf.Tensor) => tf.Tensor4D;
      const whole: Convolution = (image, weights) => tf.conv2d(image as tf.Tensor4D, weights as tf.Tensor4D, 1, 'same');
      const inParts: Convolution = (image, weights) => {
        const [images, kernels] = [tf.split(image, 2, 3), tf.split(weights, 2, 2)];
        return tf.add(whole(images[0]!, kernels[0]!), whole(images[1]!, kernels[1]!));
      };
      const results = (convolve: Convolution) => {
        const inputs = [images(x), tf.mul(images([3, 3, x[3], o], 2), 0.03)] as const;
        const dy = tf.sin(whole(...inputs));
        return [convolve(...inputs), ...tf.grads(convolve)([...inputs], dy)];
      };
      const [found, expected] = [results(whole), results(inParts)];
      found.forEach((value, i) => {
        const error = tf.div(tf.norm(tf.sub(value, expected[i]!)), tf.norm(expected[i]!));
        expect(error.dataSync()[0]).toBeLessThan(2e-6);
      });
    },
  );

  it.each([
    ['two', 32, 1],
    ['four', 64, 4],
  ])('%s rows: an infinite pixel only changes the groups that it reaches', async (_name, w, group) => {
    const ort = await restartOrt();
    ort.forbidFallback = true;
    const [h, c] = [16, 128];
    const weights = tf.abs(images([3, 3, c, c], 2)) as tf.Tensor4D;
    const rows = (row: number, pixel: number) => {
      const x = values(h * w * c);
      x[(row * w + 9) * c + 5] = pixel;
      return tf.conv2d(tf.tensor4d(x, [1, h, w, c]), weights, 1, 'same').arraySync()[0]!;
    };
    const groupOf = (row: number) => Math.floor(row / group);
    for (const row of [4, 5]) {
      const [finite, infinite] = [rows(row, 0.5), rows(row, Infinity)];
      infinite.forEach((line, y) =>
        line.forEach((pixel, x) => {
          const beside = Math.abs(x - 9) <= 1;
          const inReach = beside && groupOf(row - 1) <= groupOf(y) && groupOf(y) <= groupOf(row + 1);
          if (!inReach) expect(distance(pixel, finite[y]![x]!)).toBe(0);
          // The correct infinity, or NaN.
          if (beside && Math.abs(y - row) <= 1)
            expect(pixel.some((v) => Number.isFinite(v) || v === -Infinity)).toBe(false);
        }),
      );
    }
  });
});
