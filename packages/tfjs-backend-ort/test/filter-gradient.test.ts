import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { configure } from '../src/index.js';
import { filterGradient } from '../src/lower/filter-gradient.js';
import { blockWorks } from '../src/runtime/self-test.js';
import { type Case, geometryOf, lowered, padding } from './convolution-cases.js';
import { difference, images, pattern, restartOrt, tf, values } from './support.js';

/** The algorithm that computes the gradient with respect to the weights. */
function formOf(example: Case): 'blocked' | 'blocked, swapped' | 'products a sample' | 'products a tap' {
  const { geometry, dy } = geometryOf(example);
  const { x, kernel, outputs } = example;
  const nodes = lowered((b, input) => filterGradient(b, input(x), input(dy), geometry, [...kernel, x[3], outputs]));
  const convolutions = nodes.filter(({ op }) => op === 'Conv');
  if (convolutions.length === 0) {
    const turning = nodes.some(({ op, attributes }) => op === 'FusedMatMul' && attributes.transA === 1);
    return turning ? 'products a tap' : 'products a sample';
  }
  // The convolution over rows and blocks of pixels reads the operand that acts as the weights: i0 is x, i1 is dy.
  const producers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const source = (name: string): string => {
    const node = producers.get(name);
    return node ? source(node.inputs[0]!) : name;
  };
  return source(convolutions.at(-1)!.inputs[1]!) === 'i0' ? 'blocked, swapped' : 'blocked';
}

/** The gradients with respect to the input and the weights. */
function gradients({ x, kernel, outputs, strides = [1, 1], pad = 'same' }: Case): tf.Tensor[] {
  const conv = (x: tf.Tensor, w: tf.Tensor) =>
    tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, strides, padding(pad) as 'same');
  return tf.grads((x, w) => tf.mean(tf.sin(conv(x, w))))([
    images(x),
    tf.mul(pattern([...kernel, x[3], outputs], 2), 0.3),
  ]);
}

/** Gradients of means are small, so they are compared relative to their own maximum. */
async function worst(example: Case): Promise<number> {
  return difference(() => gradients(example).map((g) => tf.div(g, tf.max(tf.abs(g)))));
}

const cases: [string, ReturnType<typeof formOf>, Case][] = [
  ['one block of pixels', 'blocked', { x: [1, 3, 16, 16], kernel: [3, 3], outputs: 16 }],
  ['two blocks of pixels, two samples', 'blocked', { x: [2, 4, 32, 16], kernel: [3, 3], outputs: 32 }],
  ['blocks of channels on both sides', 'blocked', { x: [2, 3, 16, 32], kernel: [3, 3], outputs: 48 }],
  ['the same, swapped', 'blocked, swapped', { x: [2, 3, 16, 48], kernel: [3, 3], outputs: 32 }],
  ['four blocks of pixels, 5x5', 'blocked, swapped', { x: [1, 3, 64, 32], kernel: [5, 5], outputs: 16 }],
  ['1x3', 'blocked, swapped', { x: [2, 5, 32, 32], kernel: [1, 3], outputs: 16 }],
  ['3x1', 'blocked', { x: [2, 5, 16, 16], kernel: [3, 1], outputs: 32 }],
  ['1x1', 'blocked', { x: [1, 3, 16, 128], kernel: [1, 1], outputs: 144 }],
  ['1x1 of few channels', 'products a sample', { x: [2, 3, 16, 16], kernel: [1, 1], outputs: 32 }],
  ['1x1, swapped', 'blocked, swapped', { x: [1, 3, 32, 144], kernel: [1, 1], outputs: 128 }],
  ['width 8', 'blocked', { x: [4, 4, 8, 16], kernel: [3, 3], outputs: 32 }],
  ['width 4', 'blocked, swapped', { x: [8, 4, 4, 32], kernel: [3, 3], outputs: 16 }],
  ['width 2', 'blocked', { x: [8, 2, 2, 16], kernel: [3, 3], outputs: 16 }],
  ['width 2, 5x5', 'blocked, swapped', { x: [16, 2, 2, 32], kernel: [5, 5], outputs: 16 }],
  ['width 1', 'blocked', { x: [16, 3, 1, 16], kernel: [3, 3], outputs: 16 }],
  ['3 channels in', 'blocked', { x: [2, 5, 16, 3], kernel: [3, 3], outputs: 16 }],
  ['3 channels in, samples side by side', 'blocked', { x: [4, 4, 4, 3], kernel: [3, 3], outputs: 32 }],
  ['1 channel in', 'blocked', { x: [8, 4, 2, 1], kernel: [3, 3], outputs: 16 }],
  ['3 channels out', 'blocked, swapped', { x: [2, 5, 32, 16], kernel: [3, 3], outputs: 3 }],
  ['1 channel out, samples side by side', 'blocked, swapped', { x: [2, 4, 8, 32], kernel: [5, 5], outputs: 1 }],
  ['stride 2', 'blocked', { x: [2, 8, 32, 32], kernel: [3, 3], outputs: 16, strides: [2, 2] }],
  ['stride 2, samples side by side', 'blocked', { x: [2, 8, 16, 3], kernel: [3, 3], outputs: 16, strides: [2, 2] }],
  ['stride 2 along the width', 'blocked', { x: [1, 3, 64, 16], kernel: [3, 3], outputs: 16, strides: [1, 2] }],
  ['stride 2, valid', 'blocked', { x: [1, 9, 33, 16], kernel: [3, 3], outputs: 16, strides: [2, 2], pad: 'valid' }],
  ['valid', 'blocked', { x: [1, 6, 18, 16], kernel: [3, 3], outputs: 16, pad: 'valid' }],
  ['valid, swapped', 'blocked, swapped', { x: [1, 6, 16, 32], kernel: [3, 3], outputs: 16, pad: 'valid' }],
  ['uneven padding', 'blocked', { x: [1, 5, 16, 16], kernel: [3, 3], outputs: 16, pad: [[2, 1], [0, 2]] }],
  ['uneven padding, swapped', 'blocked, swapped', { x: [1, 5, 16, 32], kernel: [3, 3], outputs: 16, pad: [[2, 1], [0, 2]] }],
  ['more padding than the kernel reaches', 'products a sample', { x: [1, 5, 16, 32], kernel: [3, 3], outputs: 16, pad: [[3, 3], [3, 3]] }],
  ['a width that does not fill blocks', 'products a sample', { x: [2, 5, 12, 16], kernel: [3, 3], outputs: 16 }],
  ['samples that do not fill a block', 'products a sample', { x: [3, 4, 8, 16], kernel: [3, 3], outputs: 16 }],
  ['channels that do not fill blocks', 'products a sample', { x: [1, 4, 16, 20], kernel: [1, 3], outputs: 20 }],
  ['many samples, the smaller side first', 'products a sample', { x: [12, 3, 5, 20], kernel: [3, 3], outputs: 5 }],
  ['rows below the last window', 'products a tap', { x: [1, 8, 32, 16], kernel: [1, 1], outputs: 16, strides: [2, 2] }],
  ['stride 2, a width that does not fill blocks', 'products a tap', { x: [2, 9, 11, 16], kernel: [3, 3], outputs: 16, strides: [2, 2] }],
]; // prettier-ignore

const blocks = ([16, 8, 0] as const).filter((block) => block === 0 || blockWorks(block));
afterEach(() => configure({ channelBlock: 'auto' }));

describe('the gradient with respect to weights', () => {
  it.each(cases)('%s: %s', (_name, form, example) => expect(formOf(example)).toBe(form));

  describe.each(blocks)('in blocks of %s', (channelBlock) => {
    beforeAll(async () => {
      configure({ channelBlock });
      await restartOrt();
    });
    it.each(cases)('%s (%s)', async (_name, _form, example) => expect(await worst(example)).toBeLessThan(1e-5));
  });

  it('of an image with an infinite pixel is wrong in the channel of that pixel only', async () => {
    await restartOrt();
    const gradient = (pixel: number) => {
      const x = values(5 * 16 * 16);
      x[(2 * 16 + 7) * 16 + 4] = pixel;
      const image = tf.tensor4d(x, [1, 5, 16, 16]);
      const dw = tf.grad((w) => tf.sum(tf.conv2d(image, w as tf.Tensor4D, 1, 'same')))(images([3, 3, 16, 16], 2));
      // [channels in, taps, channels out]
      return tf.transpose(tf.reshape(dw, [9, 16, 16]), [1, 0, 2]).arraySync() as number[][][];
    };
    const [finite, infinite] = [gradient(0.5), gradient(Infinity)];
    infinite.forEach((channel, i) => {
      if (i === 4) expect(channel.flat().some((v) => Number.isFinite(v))).toBe(false);
      else expect(channel).toEqual(finite[i]);
    });
  });
});
