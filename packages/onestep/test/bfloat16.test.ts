import { BackendError } from '@onestep/backends';
import { Rng } from '@onestep/random';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { loadGenerator, loadTeacher, type Precision } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { whyNoBfloat16 } from '../../../test-support/why-no-bfloat16.js';

beforeAll(startTestBackend);

it('refuses a precision that it does not know, and keeps no network', async () => {
  const { numTensors } = tf.memory();
  const loading = loadTeacher('fashion-mnist', { precision: 'float8' as Precision });
  await expect(loading).rejects.toThrow("precision is 'float8', expected 'float32' or 'bfloat16'.");
  expect(tf.memory().numTensors).toBe(numTensors);
});

it('refuses bfloat16 for a GAN, which is not a denoiser', async () => {
  const loading = loadGenerator('fashion-mnist-gan', { precision: 'bfloat16' });
  await expect(loading).rejects.toThrow(/not a denoiser: leave the precision bfloat16 out/);
});

it('says what to install, where bfloat16 does not work', async (context) => {
  context.skip(whyNoBfloat16() === null, 'It works here.');
  const loading = loadTeacher('fashion-mnist', { precision: 'bfloat16' });
  await expect(loading).rejects.toThrow(BackendError);
  await expect(loading).rejects.toThrow(`The precision bfloat16 does not work here. ${whyNoBfloat16()}`);
});

it('a generator makes nearly the same images in bfloat16', async (context) => {
  const reason = whyNoBfloat16();
  context.skip(reason !== null, reason ?? '');
  const [exact, fast] = await Promise.all([
    loadGenerator('fashion-mnist'),
    loadGenerator('fashion-mnist', { precision: 'bfloat16' }),
  ]);
  const { data, shape } = exact.generator.sampleLatents(new Rng(0), 2);
  const labels = tf.oneHot(tf.tensor1d([3, 8], 'int32'), 10, 1, 0, 'float32') as tf.Tensor2D;
  const [wanted, actual] = [exact, fast].map(({ generator }) => generator.generate(tf.tensor(data, shape), labels));
  expect(actual!.shape).toEqual(wanted!.shape);
  const difference = tf.div(tf.norm(tf.sub(actual!, wanted!)), tf.norm(wanted!)).dataSync()[0]!;
  expect(difference).toBeGreaterThan(0);
  expect(difference).toBeLessThan(0.05);
  expect(fast.network.module.parameterCount()).toBe(exact.network.module.parameterCount());
  expect((await fast.toBytes()).length).toBe((await exact.toBytes()).length);
  fast.dispose();
});

it('gradients and copies stay in float32', async (context) => {
  const reason = whyNoBfloat16();
  context.skip(reason !== null, reason ?? '');
  const [exact, fast] = await Promise.all([
    loadTeacher('fashion-mnist'),
    loadTeacher('fashion-mnist', { precision: 'bfloat16' }),
  ]);
  const x = tf.randomNormal([2, 32, 32, 1], 0, 1, 'float32', 5);
  const sigma = tf.tensor1d([0.5, 2]);
  const [wanted, actual] = [exact, fast].map(({ network }) =>
    tf
      .grad((input) => network.denoise(input as tf.Tensor4D, sigma))(x)
      .dataSync(),
  );
  expect(actual).toEqual(wanted);
});
