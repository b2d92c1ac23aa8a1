import { describe, expect, it } from 'vitest';
import { difference, images, tf, useOrt } from './support.js';

describe('booleans and integers next to a convolution', () => {
  // Two blocks of channels: with one block, the blocked layout is the row-major one.
  const conv = () => tf.conv2d(images([1, 3, 4, 32]), images([1, 1, 32, 32], 2), 1, 'same');
  const mask = () => tf.greater(images([1, 3, 4, 32], 5), 0);
  const signs = () => tf.greater(conv(), 0);
  const cases: Record<string, () => tf.Tensor> = {
    comparison: signs,
    isNaN: () => tf.isNaN(conv()),
    'cast to int32': () => tf.cast(tf.mul(conv(), 50), 'int32'),
    'cast to bool and back': () => tf.cast(tf.cast(conv(), 'bool'), 'float32'),
    'comparison to int32': () => tf.add(tf.cast(signs(), 'int32'), tf.scalar(1, 'int32')),
    'where with an uploaded mask': () => tf.where(mask(), conv(), tf.zeros([1, 3, 4, 32])),
    'where between integers': () =>
      tf.where(signs(), tf.cast(images([1, 3, 4, 32], 4), 'int32'), tf.fill([1, 3, 4, 32], 2 ** 24 + 1, 'int32')),
    concat: () => tf.concat([signs(), mask()], 3),
    slice: () => tf.slice(signs(), [0, 1, 0, 3], [1, 2, 3, 20]),
    reshape: () => tf.logicalNot(tf.reshape(signs(), [12, 32])),
    and: () => tf.logicalAnd(signs(), mask()),
  };
  it.each(Object.entries(cases))('%s', async (_name, f) => {
    expect(await difference(f)).toBe(0);
  });
});

describe('fills', () => {
  const result = (x: tf.Tensor) => x.dataSync()[0];
  it('are cast like other values', async () => {
    await useOrt();
    const half = tf.fill([3], 2.5);
    expect(result(tf.cast(tf.cast(half, 'int32'), 'float32'))).toBe(2);
    expect(result(tf.cast(tf.cast(tf.fill([3], 0.5), 'bool'), 'float32'))).toBe(1);
    expect(result(tf.cast(tf.cast(tf.fill([3], NaN), 'bool'), 'float32'))).toBe(1);
    expect(result(tf.cast(tf.cast(tf.fill([3], 7, 'int32'), 'bool'), 'int32'))).toBe(1);
  });

  it('are converted to their type', async () => {
    await useOrt();
    expect(result(tf.cast(tf.fill([3], -2.5, 'int32'), 'float32'))).toBe(-2);
    expect(result(tf.cast(tf.fill([3], 0.5, 'bool' as 'int32'), 'float32'))).toBe(0);
  });
});

it('clips integers to infinite bounds', async () => {
  await useOrt();
  const x = tf.tensor1d([-5, 3, 2 ** 30], 'int32');
  expect([...tf.clipByValue(x, -Infinity, Infinity).dataSync()]).toEqual([-5, 3, 2 ** 30]);
});
