import { describe, expect, it } from 'vitest';
import { configure } from '../src/index.js';
import { distance, images, restartOrt, tf, useOrt } from './support.js';

describe('windows that do not fit', () => {
  it('are refused when they are recorded', async () => {
    await useOrt();
    const x = images([1, 2, 1, 4]);
    const run = (f: () => tf.Tensor) => () => void f();
    expect(run(() => tf.conv2d(x, images([3, 3, 4, 4]), 1, 'valid'))).toThrow(/conv2d.*\[3,3,4,4\].*\[1,2,1,4\]/);
    expect(run(() => tf.depthwiseConv2d(x, images([3, 3, 4, 1]), 1, 'valid'))).toThrow(/depthwise.*\[1,2,1,4\]/);
    expect(run(() => tf.maxPool(x, 3, 1, 'valid'))).toThrow(/pool.*\[3,3\].*\[1,2,1,4\]/);
  });
});

it.each<[string, () => tf.Tensor]>([
  ['conv2d with ceil', () => tf.conv2d(images([1, 6, 6, 4]), images([3, 3, 4, 4]), 2, 0, 'NHWC', 1, 'ceil')],
  ['maxPool with ceil', () => tf.maxPool(images([1, 6, 6, 4]), 3, 2, 0, 'ceil')],
  ['conv2d, not square', () => tf.conv2d(images([1, 6, 6, 4]), images([3, 1, 4, 4]), 1, 1, 'NHWC', 1, 'floor')],
])('sizes that ONNX computes differently use the CPU kernel: %s', async (_name, f) => {
  await tf.setBackend('cpu');
  const expected = f();
  const numbers = [...expected.dataSync()];
  const ort = await restartOrt();
  const actual = f();
  expect(actual.shape).toEqual(expected.shape);
  expect(distance([...actual.dataSync()], numbers)).toBeLessThan(1e-5);
  expect(Object.keys(ort.counters().fallbacks)).toHaveLength(1);
});

describe('remainders', () => {
  it('are exact for large quotients', async () => {
    await useOrt();
    const remainders = tf.mod(tf.tensor1d([1e9, -1e9, 5, -6]), tf.tensor1d([7, 7, -3, 3]));
    // + 0: whether a zero is negative does not matter here
    expect([...remainders.dataSync()].map((v) => v + 0)).toEqual([6, 1, -1, 0]);
  });

  it('and quotients of integers are exact', async () => {
    await useOrt();
    const least = -(2 ** 31);
    const x = tf.tensor1d([2 ** 24 + 1, -7, 7, least, 5, -(2 ** 24) - 1], 'int32');
    const y = tf.tensor1d([1, 2, -2, -1, 0, 2], 'int32');
    expect([...tf.floorDiv(x, y).dataSync()]).toEqual([2 ** 24 + 1, -4, -4, least, 0, -(2 ** 23) - 1]);
    expect([...tf.mod(x, y).dataSync()].map((v) => v + 0)).toEqual([0, 1, -1, 0, 0, 1]);
  });
});

it('options are checked', () => {
  for (const bad of [{ maxPlans: 0 }, { maxPlans: 1.5 }, { threads: NaN }, { maxPendingNodes: -1 }]) {
    expect(() => configure(bad)).toThrow(new RegExp(`${Object.keys(bad)[0]} .* whole number`));
  }
  expect(() => configure({ channelBlock: 7 as 8 })).toThrow(/channelBlock/);
});

it('a maximum and its gradient share one graph, for channels that do not fill blocks', async () => {
  const both = () => tf.valueAndGrad((x: tf.Tensor4D) => tf.square(tf.maxPool(x, 2, 2, 'valid')))(images([2, 6, 6, 3]));
  await tf.setBackend('cpu');
  const { value, grad } = both();
  const expected = [...value.dataSync(), ...grad.dataSync()];
  (await restartOrt()).forbidFallback = true;
  const actual = both();
  expect(distance([...actual.value.dataSync(), ...actual.grad.dataSync()], expected)).toBeLessThan(1e-5);
});
